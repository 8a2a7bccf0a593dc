import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TAB } from '@/personal/tab';
import { event } from '@/testing';
import { currentConnection, follow, onLive } from '.';

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
