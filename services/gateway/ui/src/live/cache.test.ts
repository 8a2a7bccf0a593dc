import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Agent, Conversation, LiveEvent } from '@/api/types';
import { agentsOptions, conversationOptions, spread, timelineOptions } from '@/conversation/queries';
import { listOptions } from '@/inbox/queries';
import { type Pages, START } from '@/inbox/rows';
import { conversation, event, note, timeline } from '@/testing';
import { absorb, LiveCache, nothing, Seen } from './cache';

describe('absorb', () => {
  const known = () => 5;

  it('reads a conversation anew only when the event is newer than what is shown', () => {
    expect(absorb(nothing(), event({ sequence: 5 }), known).conversations.size).toBe(0);
    expect([...absorb(nothing(), event({ sequence: 6 }), known).conversations]).toEqual(['c1']);
  });

  it('knows what each kind of event touches', () => {
    expect(absorb(nothing(), event({ type: 'conversation.opened' }), known)).toMatchObject({ counts: true, inboxes: true, reports: true });
    expect(absorb(nothing(), event({ type: 'conversation.label_added' }), known)).toMatchObject({ labels: true, counts: false });
    expect(absorb(nothing(), event({ type: 'conversation.merged' }), known)).toMatchObject({ lists: true, drafts: true });
    const delivery = (fields: Partial<LiveEvent>) => absorb(nothing(), event({ type: 'conversation.delivery_changed', ...fields }), known).counts;
    expect([delivery({}), delivery({ agent_id: 'me', undelivered: 'bounced' }), delivery({ settled: true })]).toEqual([false, true, true]);
    const note = (mentions?: string[]) => absorb(nothing(), event({ type: 'conversation.note_added', mentions }), known).counts;
    expect([note(), note(['me'])]).toEqual([false, true]);
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

  it('reads a slow list to its end while the flood goes on, and once more after it', async () => {
    let read = 0;
    vi.stubGlobal('fetch', (address: string, { signal }: RequestInit) => new Promise((resolve) => {
      if (!address.startsWith('/api/conversations?')) return;
      setTimeout(() => {
        read += signal?.aborted ? 0 : 1;
        resolve(new Response(JSON.stringify({ items: [], next: null, incomplete: false }), { status: 200 }));
      }, 2000);
    })); // prettier-ignore
    const observer = new InfiniteQueryObserver(client, { ...listOptions({}), staleTime: Infinity });
    const stop = observer.subscribe(() => undefined);
    const cache = new LiveCache(client);
    const flood = async (ms: number) => {
      for (let n = 0; n < ms / 10; n += 1) {
        cache.take(event({ conversation_id: `c${n}`, sequence: 2 }));
        await vi.advanceTimersByTimeAsync(10);
      }
    };
    await flood(10_000);
    const meanwhile = read;
    expect(meanwhile).toBeGreaterThanOrEqual(3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(read).toBeGreaterThan(meanwhile);
    stop();
  });

  it('reads a thread that an event is not in yet, though the row is as new as that', async () => {
    client.setQueryData(timelineOptions('c1').queryKey, { pages: [timeline([note('a', '2026-11-02T10:00:00Z')])], pageParams: [undefined] });
    spread(client, conversation({ sequence: 4 })); // the answer to a command
    new LiveCache(client).take(event({ type: 'conversation.closed', sequence: 4 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(client.getQueryData(timelineOptions('c1').queryKey)).toBeUndefined();
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('asks once who somebody is whom it does not know', async () => {
    client.setQueryData(agentsOptions.queryKey, [{ id: 'ola' }] as Agent[]);
    const invalidate = vi.spyOn(client, 'invalidateQueries');
    const asked = () => invalidate.mock.calls.filter(([filters]) => filters?.queryKey?.[0] === 'agents').length;
    const cache = new LiveCache(client);
    cache.take(event({ actor_kind: 'agent', actor_id: 'ola', type: 'conversation.note_added' }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked()).toBe(0);
    for (let n = 0; n < 3; n += 1) {
      cache.take(event({ actor_kind: 'agent', actor_id: 'new', assignee: 'new', type: 'conversation.assigned' }));
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(asked()).toBe(1);
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
