import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listOptions } from '@/inbox/queries';
import { START } from '@/inbox/rows';
import { conversation, note, timeline } from '@/testing';
import { conversationOptions, listed, refreshTimeline, spread, timelineOptions } from './queries';
import { itemsOf } from './timeline';

const at = (minute: number) => `2026-11-02T10:${String(minute).padStart(2, '0')}:00Z`;

/** Answers come when the test lets them. */
describe('what changes while something is read', () => {
  let client: QueryClient;
  const stops: (() => void)[] = [];
  let asked: { address: string; answer: (body: unknown) => void }[];

  beforeEach(() => {
    client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    asked = [];
    vi.stubGlobal('fetch', (address: string) => new Promise((resolve) => {
      asked.push({ address, answer: (body) => resolve(new Response(JSON.stringify(body), { status: 200 })) });
    })); // prettier-ignore
  });
  afterEach(() => {
    stops.splice(0).forEach((stop) => stop());
    vi.unstubAllGlobals();
  });

  const answer = async (part: string, body: unknown) => {
    await vi.waitFor(() => expect(asked.some(({ address }) => address.includes(part))).toBe(true));
    const at = asked.findIndex(({ address }) => address.includes(part));
    asked.splice(at, 1)[0]?.answer(body);
  };
  const page = (ids: readonly string[], next: string | null) => ({
    items: ids.map((id) => conversation({ id, last_message_at: at(30 - Number(id.slice(1))) })),
    next,
    incomplete: false,
  });
  const list = listOptions({}).queryKey;
  const rows = () => client.getQueryData(list)?.pages.flatMap(({ items }) => items.map(({ id }) => id));

  async function listRead() {
    const observer = new InfiniteQueryObserver(client, listOptions({}));
    stops.push(observer.subscribe(() => undefined));
    await answer('/conversations?', page(['c1', 'c2'], 'next'));
    await vi.waitFor(() => expect(rows()).toEqual(['c1', 'c2']));
    return observer;
  }

  it('stays changed when the next page comes', async () => {
    const observer = await listRead();
    const more = observer.fetchNextPage();
    spread(client, conversation({ id: 'c1', status: 'closed', sequence: 2 }));
    spread(client, conversation({ id: 'c0', last_message_at: at(30) }));
    await answer('cursor=next', page(['c3'], null));
    await more;
    expect(rows()).toEqual(['c0', 'c2', 'c3']);
  });

  it('stays changed when the list is read anew, and is not asked about twice', async () => {
    await listRead();
    const anew = client.invalidateQueries({ queryKey: list });
    spread(client, conversation({ id: 'c1', status: 'closed', sequence: 2 }));
    await answer('/conversations?', page(['c1', 'c2'], null));
    await anew;
    expect(rows()).toEqual(['c2']);
    expect(asked).toEqual([]);
  });

  it('is the newest that is known then', async () => {
    await listRead();
    const anew = client.invalidateQueries({ queryKey: list });
    spread(client, conversation({ id: 'c1', subject: 'older', sequence: 2, last_message_at: at(29) }));
    spread(client, conversation({ id: 'c1', subject: 'newer', sequence: 3, last_message_at: at(29) }));
    await answer('/conversations?', page(['c1', 'c2'], null));
    await anew;
    expect(client.getQueryData(list)?.pages[0]?.items[0]?.subject).toBe('newer');
  });

  it('is not undone by a conversation that was asked for before', async () => {
    const read = client.fetchQuery(conversationOptions('c1'));
    spread(client, conversation({ status: 'closed', sequence: 3 }));
    await answer('/conversations/c1', conversation({ sequence: 2 }));
    await read;
    expect(client.getQueryData(conversationOptions('c1').queryKey)?.status).toBe('closed');
  });

  it('leaves a list that must be read anew as old as it was', async () => {
    client.setQueryData(list, { pages: [page(['c1'], null)], pageParams: [] }, { updatedAt: 1 });
    await client.invalidateQueries({ queryKey: list });
    spread(client, conversation({ id: 'c1', sequence: 2 }));
    expect(client.getQueryState(list)).toMatchObject({ isInvalidated: true, dataUpdatedAt: 1 });
  });

  it('keeps a new message while the older part of the thread comes', async () => {
    const { queryKey } = timelineOptions('c1');
    const observer = new InfiniteQueryObserver(client, timelineOptions('c1'));
    stops.push(observer.subscribe(() => undefined));
    await answer('/timeline', timeline([note('b', at(2)), note('c', at(3))], 'b'));
    await vi.waitFor(() => expect(client.getQueryData(queryKey)).toBeDefined());
    const older = observer.fetchNextPage();
    const fresh = refreshTimeline(client, 'c1');
    await answer('timeline?limit', { ...timeline([note('c', at(3)), note('d', at(4))], 'c'), conversation: conversation({ sequence: 2 }) });
    await fresh;
    await answer('before=b', timeline([note('a', at(1))]));
    await older;
    const found = client.getQueryData(queryKey);
    expect(found && itemsOf(found).map((item) => item.kind === 'note' && item.id)).toEqual(['a', 'b', 'c', 'd']);
  });
});

it('a conversation is known from the lists that show it, by its newest row', () => {
  const client = new QueryClient();
  const show = (assignee: string, ...items: ReturnType<typeof conversation>[]) =>
    client.setQueryData(listOptions({ assignee }).queryKey, { pages: [{ items, next: null, incomplete: false }], pageParams: [START] });
  expect(listed(client, 'c1')).toBeUndefined();
  show('me', conversation({ id: 'c0' }), conversation({ sequence: 3 }));
  show('none', conversation({ sequence: 7 }));
  expect(listed(client, 'c1')?.sequence).toBe(7);
  expect(listed(client, 'c2')).toBeUndefined();
});
