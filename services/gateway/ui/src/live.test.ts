import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Conversation, LiveEvent } from './api/types';
import { conversationOptions, spread } from './conversation/queries';
import { listOptions } from './inbox/queries';
import { type Pages, START } from './inbox/rows';
import { absorb, currentConnection, follow, LiveCache, nothing, onLive, Seen } from './live';
import { TAB } from './personal/tab';
import { conversation, event } from './testing';

describe('absorb', () => {
  const known = () => 5;

  it('reads a conversation anew only when the event is newer than what is shown', () => {
    expect(absorb(nothing(), event({ sequence: 5 }), known).conversations.size).toBe(0);
    expect([...absorb(nothing(), event({ sequence: 6 }), known).conversations]).toEqual(['c1']);
  });

  it('knows what each kind of event touches', () => {
    expect(absorb(nothing(), event({ type: 'conversation.opened' }), known)).toMatchObject({ counts: true, inboxes: true, reports: true });
    expect(absorb(nothing(), event({ type: 'conversation.label_added' }), known)).toMatchObject({ labels: true, counts: false });
    expect(absorb(nothing(), event({ type: 'conversation.merged' }), known).lists).toBe(true);
    const delivery = (fields: Partial<LiveEvent>) => absorb(nothing(), event({ type: 'conversation.delivery_changed', ...fields }), known).counts;
    expect([delivery({}), delivery({ agent_id: 'me', undelivered: 'bounced' })]).toEqual([false, true]);
    expect(absorb(nothing(), event({ type: 'agent.presence_changed', conversation_id: null }), known)).toMatchObject({ presence: true, counts: false });
    const customer = absorb(nothing(), event({ type: 'customer.updated', conversation_id: null, customer_id: 'p1' }), known);
    expect([...customer.customers]).toEqual(['p1']);
  });

  it('ignores a type that it does not know', () => {
    expect(absorb(nothing(), event({ type: 'weather.changed', conversation_id: null }), known)).toEqual(nothing());
  });
});

describe('Seen', () => {
  it('says once that an id is new and forgets the oldest', () => {
    const seen = new Seen(2);
    expect(['a', 'a', 'b', 'c', 'a'].map((id) => seen.add(id))).toEqual([true, false, true, true, true]);
  });
});

describe('LiveCache', () => {
  let client: QueryClient;
  let stored: Conversation;
  const fetched = vi.fn();

  beforeEach(() => {
    vi.useFakeTimers();
    client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    stored = conversation({ sequence: 1 });
    fetched.mockReset();
    vi.stubGlobal('fetch', async (address: string) => {
      fetched(address);
      return new Response(JSON.stringify(stored), { status: 200 });
    });
    client.setQueryData<Pages>(listOptions({}).queryKey, { pages: [{ items: [], next: null, incomplete: false }], pageParams: [START] });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const rows = () => client.getQueryData<Pages>(listOptions({}).queryKey)?.pages[0]?.items.map((row) => row.id);

  it('puts a new conversation into the list, reading it once for a burst of events', async () => {
    const cache = new LiveCache(client);
    cache.take(event({ type: 'conversation.opened', sequence: 1 }));
    cache.take(event({ sequence: 2 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(rows()).toEqual(['c1']);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('does nothing for an event that came before', async () => {
    const cache = new LiveCache(client);
    const again = event();
    cache.take(again);
    await vi.advanceTimersByTimeAsync(100);
    cache.take(again);
    await vi.advanceTimersByTimeAsync(100);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('takes a conversation out of the list that it no longer belongs to', async () => {
    spread(client, conversation());
    expect(rows()).toEqual(['c1']);
    stored = conversation({ status: 'closed', sequence: 3 });
    new LiveCache(client).take(event({ type: 'conversation.closed', sequence: 3 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(rows()).toEqual([]);
    expect(client.getQueryData(conversationOptions('c1').queryKey)?.status).toBe('closed');
  });

  it('reads a flood at a bearable rate, and figures do not wait for its end', async () => {
    const cache = new LiveCache(client);
    const invalidate = vi.spyOn(client, 'invalidateQueries');
    for (let n = 0; n < 200; n += 1) {
      cache.take(event({ type: 'conversation.opened', conversation_id: `c${n}`, sequence: 1 }));
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(fetched.mock.calls.length).toBeLessThan(20);
    const asked = (key: string) => invalidate.mock.calls.filter(([filters]) => filters?.queryKey?.[0] === key).length;
    expect(asked('reports')).toBeGreaterThanOrEqual(3);
  });

  it('asks the server again what a search finds', async () => {
    const invalidate = vi.spyOn(client, 'invalidateQueries');
    const found = listOptions({ q: 'ann' }).queryKey;
    client.setQueryData<Pages>(found, { pages: [{ items: [], next: null, incomplete: false }], pageParams: [START] });
    new LiveCache(client).take(event());
    await vi.advanceTimersByTimeAsync(2000);
    expect(client.getQueryState(found)?.isInvalidated).toBe(true);
    expect(client.getQueryState(listOptions({}).queryKey)?.isInvalidated).toBe(false);
    expect(invalidate).toHaveBeenCalled();
  });

  it('never goes back to an older state', () => {
    spread(client, conversation({ status: 'closed', sequence: 4 }));
    spread(client, conversation({ sequence: 3 }));
    expect(client.getQueryData(conversationOptions('c1').queryKey)?.status).toBe('closed');
  });
});

describe('follow', () => {
  class Source extends EventTarget {
    static readonly CLOSED = 2;
    static opened: Source[] = [];
    readyState = 1;
    onerror: (() => void) | null = null;
    constructor(readonly url: string) {
      super();
      Source.opened.push(this);
    }
    close() {
      this.readyState = 2;
    }
    say(name: string, lastEventId: string, data: unknown = {}) {
      this.dispatchEvent(new MessageEvent(name, { lastEventId, data: JSON.stringify(data) }));
    }
  }
  const posted = vi.fn();
  let stop = () => {};

  beforeEach(() => {
    vi.useFakeTimers();
    Source.opened = [];
    posted.mockReset();
    vi.stubGlobal('EventSource', Source);
    vi.stubGlobal('fetch', async (address: string, options?: RequestInit) => {
      if (options?.method === 'POST') posted(address, options.body);
      return new Response('[]', { status: 200 });
    });
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const first = () => Source.opened[0] as Source;
  const places = () => Source.opened.map((each) => new URL(each.url, 'http://nitka').searchParams.get('after'));

  it('goes on at its place after it was refused', async () => {
    stop = follow(new QueryClient());
    first().say('ready', '1.2');
    first().say('message', '1.3', event({ type: 'x.y', conversation_id: null }));
    first().close();
    first().onerror?.();
    await vi.advanceTimersByTimeAsync(1500);
    expect(places()).toEqual([null, '1.3']);
    expect(Source.opened.every((each) => each.url.startsWith(`/api/live?tab=${TAB}`))).toBe(true);
  });

  it('gives up a connection that is silent, at its place, but not one that pings', async () => {
    stop = follow(new QueryClient());
    first().say('ready', '1.2');
    await vi.advanceTimersByTimeAsync(20_000);
    first().say('ping', '1.7');
    await vi.advanceTimersByTimeAsync(20_000);
    first().say('here', '', { conversation_id: 'c1', agents: [] }); // without an id, which changes no place
    await vi.advanceTimersByTimeAsync(24_000);
    expect([currentConnection(), places()]).toEqual(['live', [null]]);
    await vi.advanceTimersByTimeAsync(1_100);
    expect([currentConnection(), places()]).toEqual(['reconnecting', [null, '1.7']]);
    expect(first().readyState).toBe(Source.CLOSED);
    Source.opened[1]?.say('ready', '1.7');
    expect(currentConnection()).toBe('live');
  });

  it('reads everything anew when the stream begins and when what was missed is not to be had', () => {
    const client = new QueryClient();
    const invalidate = vi.spyOn(client, 'invalidateQueries');
    stop = follow(client);
    first().say('ready', '1');
    expect(invalidate).toHaveBeenCalledTimes(1);
    first().say('ready', '2'); // the browser reconnected by itself, with its place
    expect(invalidate).toHaveBeenCalledTimes(1);
    first().say('reset', '9');
    expect(invalidate).toHaveBeenCalledTimes(2);
  });

  it('reads what the agent changed in another tab', async () => {
    const client = new QueryClient();
    stop = follow(client);
    first().say('ready', '1');
    const invalidate = vi.spyOn(client, 'invalidateQueries');
    first().say('mine', '', { what: 'preferences', key: '' });
    first().say('mine', '', { what: 'draft', key: 'c1' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(invalidate.mock.calls.map(([filters]) => filters?.queryKey)).toEqual([['preferences'], ['drafts']]);
  });

  it('tells its listeners of every event once', () => {
    const told: string[] = [];
    const off = onLive((each) => told.push(each.event_id));
    stop = follow(new QueryClient());
    first().say('ready', '1');
    const one = event();
    first().say('message', '2', one);
    first().say('message', '2', one);
    off();
    first().say('message', '3', event());
    expect(told).toEqual([one.event_id]);
  });
});
