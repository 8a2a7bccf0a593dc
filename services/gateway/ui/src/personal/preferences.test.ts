import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, expect, it, vi } from 'vitest';
import type { Preferences } from '@/api/types';
import { preferencesOptions, useSetPreferences } from './preferences';

afterEach(() => vi.unstubAllGlobals());

it('what is chosen is not undone by what was asked for before', async () => {
  const kept = { language: 'pl' } as Preferences;
  const asked: { method: string; answer: (body: unknown) => void }[] = [];
  vi.stubGlobal('fetch', (_: string, { method = 'GET' }: RequestInit = {}) => new Promise((resolve) => {
    asked.push({ method, answer: (body) => resolve(new Response(JSON.stringify(body), { status: 200 })) });
  })); // prettier-ignore
  const answer = async (method: string, body: unknown) => {
    await vi.waitFor(() => expect(asked.some((each) => each.method === method)).toBe(true));
    asked.splice(asked.findIndex((each) => each.method === method), 1)[0]?.answer(body);
  };
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const language = () => client.getQueryData(preferencesOptions.queryKey)?.language;
  client.setQueryData(preferencesOptions.queryKey, kept);

  let choose: ReturnType<typeof useSetPreferences> = () => undefined;
  const Chooser = () => {
    choose = useSetPreferences();
    return null;
  };
  const root = createRoot(document.createElement('div'));
  root.render(createElement(QueryClientProvider, { client, children: createElement(Chooser) }));
  const first = choose;
  await vi.waitFor(() => expect(choose).not.toBe(first));

  const reading = client.fetchQuery({ ...preferencesOptions, staleTime: 0 }).catch(() => undefined);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  choose({ language: 'auto' });
  await answer('GET', kept);
  await reading;
  expect(language()).toBe('auto');

  // Begun while the choice is on its way: asked again once it has arrived.
  const meanwhile = client.fetchQuery({ ...preferencesOptions, staleTime: 0 });
  await answer('GET', kept);
  await meanwhile;
  await answer('PUT', { language: 'auto' });
  await vi.waitFor(() => expect(client.getQueryState(preferencesOptions.queryKey)?.isInvalidated).toBe(true));
  root.unmount();
});
