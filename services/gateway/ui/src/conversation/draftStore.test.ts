import { notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { conversation } from '@/testing';
import { finish, start } from './draft';
import { draftsOptions, flushDraft, flushDrafts, forgetDrafts, moveDrafts, pullDraft, readDraft, updateDraft, useKeepDrafts } from './draftStore';
import { sessionOptions } from './queries';

const told = vi.fn();
let refuse: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  told.mockReset();
  refuse = false;
  vi.stubGlobal('fetch', async (address: string, { method, body }: RequestInit) => {
    told(method, address, body);
    return refuse ? new Response('{"code":"forbidden"}', { status: 403 }) : new Response(null, { status: 204 });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const write = (key: string, text: string) => updateDraft('ann', key, (draft) => ({ ...draft, text }));

it('goes on where the browser has no room: the page and the server have it, and the agent is told once', async () => {
  const warning = vi.spyOn(notifications, 'show').mockReturnValue('');
  const full = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  vi.stubGlobal('localStorage', Object.create({ getItem: () => null, setItem: full, removeItem: () => undefined }));
  write('c1', 'H');
  write('c1', 'Hello');
  expect(readDraft('ann', 'c1').text).toBe('Hello');
  await vi.advanceTimersByTimeAsync(200);
  expect(told.mock.calls.map(([method, address]) => [method, address])).toEqual([['PUT', '/api/drafts/c1?anew=true']]);
  expect(told.mock.calls[0]?.[2]).toContain('Hello');
  expect(warning).toHaveBeenCalledTimes(1);
});

it('leaves nothing in the browser that the server has when the agent signs out', async () => {
  write('c2', 'A secret');
  await flushDrafts('ann');
  refuse = true;
  write('c3', 'Not taken');
  await flushDrafts('ann');
  forgetDrafts('ann');
  const kept = JSON.stringify(Object.entries(localStorage));
  expect([kept.includes('A secret'), kept.includes('Not taken')]).toEqual([false, true]);
  expect([readDraft('ann', 'c2').text, readDraft('ann', 'c3').text]).toEqual(['', 'Not taken']);
});

/** One draft on a server that other browsers change as well; gives what it has. */
function server(key = 'c') {
  let kept: { key: string; body: { text: string }; updated_at: string } | null = null;
  let version = 0;
  let lost = false;
  const write = (text: string) => (kept = { key, body: { text }, updated_at: `v${(version += 1)}` });
  const refused = (code: string) => new Response(JSON.stringify({ code }), { status: 409 });
  vi.stubGlobal('fetch', async (address: string, { method, body }: RequestInit) => {
    const query = new URL(address, 'http://x').searchParams;
    if (method === 'GET') return kept && (key === 'c' || address.endsWith(key)) ? Response.json(kept) : new Response('{"code":"not_found"}', { status: 404 });
    if (query.get('anew') && kept) return refused('draft_changed');
    if (query.get('since') && query.get('since') !== kept?.updated_at) return refused(kept ? 'draft_changed' : 'draft_finished');
    if (method === 'DELETE') {
      kept = null;
      return new Response(null, { status: 204 });
    }
    const { updated_at } = write((JSON.parse(String(body)) as { text: string }).text);
    if (lost) throw new TypeError('connection lost');
    return Response.json({ updated_at });
  });
  return {
    write,
    text: () => kept?.body.text,
    lose: (losing: boolean) => (lost = losing),
    forget: () => (kept = null),
  };
}

it('keeps both where two browsers write, and offers the other one', async () => {
  const there = server();
  write('c4', 'Begun');
  await flushDraft('ann', 'c4');
  there.write('Begun, on the phone');
  write('c4', 'Begun, at the desk');
  await flushDraft('ann', 'c4');
  expect(readDraft('ann', 'c4')).toMatchObject({ text: 'Begun, at the desk', other: { text: 'Begun, on the phone' } });
  await flushDraft('ann', 'c4');
  expect(there.text()).toBe('Begun, at the desk');
});

it('does not delete with what was sent here what was written elsewhere', async () => {
  const there = server();
  write('c5', 'It left');
  await flushDraft('ann', 'c5');
  updateDraft('ann', 'c5', (draft) => start(draft, () => 'id'));
  there.write('It left, and more');
  updateDraft('ann', 'c5', finish);
  await flushDraft('ann', 'c5');
  expect([readDraft('ann', 'c5').text, there.text()]).toEqual(['It left, and more', 'It left, and more']);
});

it('forgets what was sent here, whether the server has done so or not', async () => {
  for (const [key, forgets] of [['c6', true], ['c7', false]] as const) {
    const there = server();
    write(key, 'It left');
    await flushDraft('ann', key);
    updateDraft('ann', key, (draft) => finish(start(draft, () => 'id')));
    if (forgets) there.forget();
    await flushDraft('ann', key);
    expect([readDraft('ann', key).text, there.text()]).toEqual(['', undefined]);
  }
});

it('knows its own text again where the answer was lost on the way', async () => {
  const there = server();
  write('c8', 'One');
  await flushDraft('ann', 'c8');
  there.lose(true);
  write('c8', 'One two');
  await flushDraft('ann', 'c8');
  there.lose(false);
  write('c8', 'One two three');
  await flushDraft('ann', 'c8');
  await flushDraft('ann', 'c8');
  expect(readDraft('ann', 'c8')).toMatchObject({ text: 'One two three', other: null });
  expect(there.text()).toBe('One two three');
});

/** The app with its list of what has been begun; gives the keys in it. */
function open() {
  const client = new QueryClient();
  client.setQueryData(sessionOptions.queryKey, { id: 'ann' } as never);
  client.setQueryData(draftsOptions.queryKey, []);
  const App = () => {
    useKeepDrafts();
    return null;
  };
  const root = createRoot(document.createElement('div'));
  flushSync(() => root.render(createElement(QueryClientProvider, { client, children: createElement(App) })));
  return { begun: () => client.getQueryData(draftsOptions.queryKey)?.map(({ key }) => key), close: () => flushSync(() => root.unmount()) };
}

it('has in the list of what has been begun whatever it learns of one draft', async () => {
  const there = server('c9');
  const app = open();
  write('c9', 'It left');
  await flushDraft('ann', 'c9');
  expect(app.begun()).toEqual(['c9']);
  // The server forgets it with the message that it became.
  updateDraft('ann', 'c9', (draft) => finish(start(draft, () => 'id')));
  there.forget();
  await flushDraft('ann', 'c9');
  expect(app.begun()).toEqual([]);
  there.write('On the phone');
  await pullDraft('ann', 'c9');
  expect(app.begun()).toEqual(['c9']);
  there.forget();
  write('c9', 'On the phone, and at the desk');
  await flushDraft('ann', 'c9');
  expect(app.begun()).toEqual([]);
  app.close();
});

it('takes to where a conversation goes on what is written here and not there yet, once', async () => {
  for (const [from, begun, written] of [
    ['m1', 'My ans', 'My answer'],
    ['m2', '', 'My answer'],
    ['m3', 'My answer', 'My answer'],
  ] as const) {
    const into = `${from}-into`;
    const there = server(into);
    if (begun) {
      write(from, begun);
      await flushDraft('ann', from);
    }
    if (written !== begun) write(from, written);
    await moveDrafts('ann', from, into);
    await flushDraft('ann', into);
    expect(readDraft('ann', into)).toMatchObject({ text: 'My answer', other: null });
    expect([readDraft('ann', from).text, there.text()]).toEqual(['', 'My answer']);
  }
});

it('loses nothing of two texts that were begun where conversations become one', async () => {
  const there = server('m4-into');
  write('m4-into', 'Yours');
  await flushDraft('ann', 'm4-into');
  write('m4', 'Mine');
  await moveDrafts('ann', 'm4', 'm4-into');
  expect(readDraft('ann', 'm4-into').text).toBe('Yours\n\nMine');
  await flushDraft('ann', 'm4-into');
  expect(there.text()).toBe('Yours\n\nMine');
});

it('takes what was written of a conversation that is not on screen to where that goes on', async () => {
  const app = open();
  write('m5', 'Written on a train');
  const put = vi.fn();
  vi.stubGlobal('fetch', async (address: string, { method }: RequestInit) => {
    if (address.includes('/conversations/')) return Response.json(conversation({ id: 'm5', merged_into: 'm5-into' }));
    if (address.includes('/m5?')) return new Response('{"code":"merged"}', { status: 409 });
    if (method === 'GET') return new Response('{"code":"not_found"}', { status: 404 });
    put(address);
    return Response.json({ updated_at: 'v1' });
  });
  await flushDraft('ann', 'm5');
  await vi.advanceTimersByTimeAsync(5000);
  expect([readDraft('ann', 'm5').text, readDraft('ann', 'm5-into').text]).toEqual(['', 'Written on a train']);
  expect(put).toHaveBeenCalledWith('/api/drafts/m5-into?anew=true');
  app.close();
});
