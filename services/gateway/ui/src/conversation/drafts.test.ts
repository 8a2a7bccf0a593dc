import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, it, vi } from 'vitest';
import { conversation, timeline } from '@/testing';
import { draftKey, EMPTY } from './draft';
import { sendDraft } from './drafts';
import { updateDraft } from './draftStore';
import { sessionOptions, timelineOptions } from './queries';

afterEach(() => vi.unstubAllGlobals());

it('an answer says how much of the conversation was on screen', async () => {
  const posted: Record<string, unknown>[] = [];
  vi.stubGlobal('fetch', async (_: string, options?: RequestInit) => {
    if (options?.method !== 'POST') return Response.json([]);
    posted.push(JSON.parse(String(options.body)) as Record<string, unknown>);
    return Response.json({ conversation: conversation({ sequence: 9 }), message_id: 'm' });
  });
  const client = new QueryClient();
  client.setQueryData(sessionOptions.queryKey, { id: 'me', name: 'Me', role: 'agent', email: 'me@shop.example' } as never);
  const key = draftKey('c1', 'reply');
  const send = async () => {
    updateDraft('me', key, () => ({ ...EMPTY, text: 'On its way' }));
    await sendDraft(client, ((name: string) => name) as never, conversation({ sequence: 7 }), { key, then: { name: 'close' }, hold: 0 });
  };
  await send();
  // The row may know of a message that the thread does not show yet.
  const page = { ...timeline([]), conversation: conversation({ sequence: 5 }) };
  client.setQueryData(timelineOptions('c1').queryKey, { pages: [page], pageParams: [undefined] });
  await send();
  expect(posted.map((each) => each.seen)).toEqual([7, 5]);
});
