import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Connection, type Present, Tabs } from './tabs';

/** Web Locks of one browser. */
class Locks {
  private held: { release: () => void; stolen: (error: unknown) => void } | undefined;
  private readonly queue: (() => void)[] = [];

  request(_name: string, { signal, steal }: { signal?: AbortSignal; steal?: boolean }, hold: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const grant = () => {
        const mine = { release: () => undefined, stolen: reject };
        this.held = mine;
        void hold().then(() => {
          resolve();
          if (this.held !== mine) return;
          this.held = undefined;
          this.queue.shift()?.();
        });
      };
      if (steal) {
        this.held?.stolen(new DOMException('stolen', 'AbortError'));
        grant();
      } else if (!this.held) queueMicrotask(grant);
      else this.queue.push(grant);
      signal?.addEventListener('abort', () => {
        const at = this.queue.indexOf(grant);
        if (at >= 0) this.queue.splice(at, 1);
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
  }
}

class Channel {
  static readonly open = new Set<Channel>();
  static frozen: Channel | undefined;
  onmessage: ((event: MessageEvent) => void) | null = null;
  constructor() {
    Channel.open.add(this);
  }
  postMessage(data: unknown) {
    if (this === Channel.frozen) return;
    for (const each of Channel.open) if (each !== this && each !== Channel.frozen) each.onmessage?.(new MessageEvent('message', { data }));
  }
  close() {
    Channel.open.delete(this);
  }
}

class Source extends EventTarget {
  static opened: Source[] = [];
  closed = false;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
    Source.opened.push(this);
  }
  close() {
    this.closed = true;
  }
  say(name: string, lastEventId: string) {
    this.dispatchEvent(new MessageEvent(name, { lastEventId, data: '{}' }));
  }
}

class Tab {
  place: string | undefined;
  connection: Connection = 'connecting';
  heard: string[] = [];
  joined: Present[] = [];
  name = '';
  readonly tabs = new Tabs({
    present: () => ({ connection: this.connection, place: this.place, here: [] }),
    hear: ({ name, id }) => {
      this.place = id || this.place;
      this.connection = 'live';
      this.heard.push(`${name} ${id}`);
    },
    join: (present) => this.joined.push(present),
    named: (name) => {
      this.name = name;
    },
    connection: (state) => {
      this.connection = state;
    },
  });
}

describe('tabs of one browser', () => {
  const tabs: Tab[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    Source.opened = [];
    Channel.frozen = undefined;
    vi.stubGlobal('EventSource', Source);
    vi.stubGlobal('BroadcastChannel', Channel);
    vi.stubGlobal('navigator', { locks: new Locks() });
    vi.stubGlobal('fetch', async () => new Response('[]', { status: 200 }));
  });
  afterEach(() => {
    tabs.splice(0).forEach((each) => each.tabs.end());
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const open = async () => {
    const tab = new Tab();
    tabs.push(tab);
    await vi.advanceTimersByTimeAsync(1);
    return tab;
  };
  const sources = () => Source.opened.filter(({ closed }) => !closed);
  const afterOf = (source: Source | undefined) => new URL(source?.url ?? '', 'http://nitka').searchParams.get('after');
  const end = async (tab: Tab) => {
    tab.tabs.end();
    await vi.advanceTimersByTimeAsync(1);
  };

  it('share one stream, and the next one goes on at its own place when the leading one is closed', async () => {
    const [first, second, third] = [await open(), await open(), await open()];
    expect(sources()).toHaveLength(1);
    sources()[0]?.say('ready', '1');
    sources()[0]?.say('message', '2');
    expect([first, second, third].map(({ heard }) => heard)).toEqual(Array.from({ length: 3 }, () => ['ready 1', 'message 2']));
    expect([first.name, second.name].map(Boolean)).toEqual([true, false]);

    await end(first);
    expect(sources().map(afterOf)).toEqual(['2']);
    sources()[0]?.say('ready', '2');
    sources()[0]?.say('message', '3');
    expect(third.heard.slice(2)).toEqual(['ready 2', 'message 3']);
    expect(second.name).not.toBe('');
    expect(first.heard).toHaveLength(2);
  });

  it('tell one that joins where the stream is, and how it is', async () => {
    const first = await open();
    sources()[0]?.say('ready', '7');
    const second = await open();
    expect(second.joined).toEqual([{ connection: 'live', place: '7', here: [] }]);
    sources()[0]?.onerror?.();
    expect([first.connection, second.connection]).toEqual(['reconnecting', 'reconnecting']);
    await vi.advanceTimersByTimeAsync(1500);
    expect(sources().map(afterOf)).toEqual(['7']);
  });

  it('take the place of a leading one that is frozen, which then follows', async () => {
    const [first, second, third] = [await open(), await open(), await open()];
    const old = sources()[0];
    old?.say('ready', '7');
    Channel.frozen = [...Channel.open][0];
    await vi.advanceTimersByTimeAsync(40_000);
    expect(old?.closed).toBe(true);
    expect(sources().map(afterOf)).toEqual(['7']);
    expect(first.name).toBe('');
    Channel.frozen = undefined;
    sources()[0]?.say('ready', '7');
    sources()[0]?.say('message', '8');
    expect([first, second, third].map(({ place }) => place)).toEqual(['8', '8', '8']);
  });

  it('ask a leading one that has no connection, and wait for it', async () => {
    await open();
    await open();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sources()).toHaveLength(1);
  });

  it('have a stream each where they cannot agree on one', async () => {
    vi.stubGlobal('navigator', {});
    await open();
    await open();
    expect(sources()).toHaveLength(2);
  });
});
