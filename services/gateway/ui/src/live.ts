/**
 * The live stream: what happened elsewhere becomes what is on this screen.
 *
 * The stream says what changed, never the content; content is read through the API. It resumes exactly where it
 * broke off, so nothing is missed; an event that comes twice is known by its id.
 */
import type { Query, QueryClient } from '@tanstack/react-query';
import { get, isUncertain, Problem, url } from './api/client';
import type { Conversation, HereState, LiveEvent, Mine } from './api/types';
import { conversationOptions, presenceOptions, refreshTimeline, spread, timelineOptions } from './conversation/queries';
import { countsOptions, inboxesOptions, labelsOptions, LISTS, queueOptions } from './inbox/queries';
import type { InboxSearch } from './inbox/search';
import { announcer, forgetHere, hereToldBy } from './personal/here';
import { createStore } from './personal/store';
import { TAB } from './personal/tab';

export type Connection = 'connecting' | 'live' | 'reconnecting';

/** Event ids seen lately, so that a repeated one changes nothing. */
export class Seen {
  private readonly ids = new Set<string>();
  constructor(private readonly kept = 5000) {}

  /** True the first time. */
  add(id: string): boolean {
    if (this.ids.has(id)) return false;
    this.ids.add(id);
    if (this.ids.size > this.kept) for (const oldest of this.ids) return this.ids.delete(oldest);
    return true;
  }
}

/** What a batch of events makes stale. `lists`: which conversations the lists hold changed in a way only they know. */
export interface Stale {
  conversations: Set<string>;
  customers: Set<string>;
  lists: boolean;
  counts: boolean;
  labels: boolean;
  inboxes: boolean;
  presence: boolean;
  reports: boolean;
}

export function nothing(): Stale {
  return {
    conversations: new Set(),
    customers: new Set(),
    lists: false,
    counts: false,
    labels: false,
    inboxes: false,
    presence: false,
    reports: false,
  };
}

const COUNTED = new Set([
  'opened', 'assigned', 'closed', 'reopened', 'snoozed', 'archived', 'merged', 'absorbed', 'split_off',
  'message_received', 'replied', 'follower_added', 'follower_removed',
]); // prettier-ignore
const REPORTED = new Set([
  'opened', 'message_received', 'replied', 'forwarded', 'auto_replied', 'label_added', 'label_removed', 'rated', 'merged', 'absorbed', 'split_off',
]); // prettier-ignore

/** Add what an event makes stale. `known` is the newest sequence on screen: an event up to it is no news. */
export function absorb(stale: Stale, event: LiveEvent, known: (id: string) => number): Stale {
  const [topic, what = ''] = event.type.split('.');
  if (topic === 'conversation' && event.conversation_id) {
    if ((event.sequence ?? Infinity) > known(event.conversation_id)) stale.conversations.add(event.conversation_id);
    stale.lists ||= what === 'merged';
    stale.counts ||= COUNTED.has(what) || Boolean(event.undelivered);
    stale.labels ||= what.startsWith('label_');
    stale.inboxes ||= what === 'opened';
    stale.reports ||= REPORTED.has(what);
  }
  if (topic === 'customer' && event.customer_id) stale.customers.add(event.customer_id);
  if (topic === 'agent') {
    stale.presence ||= what === 'presence_changed';
    stale.counts ||= what === 'conversation_served';
  }
  return stale;
}

const GATHER_MS = 40;
const PAUSE_MS = 250;
const FIGURES_MS = 300;
const SEARCH_MS = 1500;
/** The figures of the reports follow the events by a second or so, hence the second look. */
const REPORTS_MS = [1000, 4000];
const MANY = 10;
const RETRY_MS = 2000;

/** Keeps the query cache true to the stream: one event at once, a flood of them at a bearable rate. */
export class LiveCache {
  private stale = nothing();
  private flushed = -Infinity;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly seen = new Seen();

  constructor(private readonly client: QueryClient) {}

  take(event: LiveEvent): void {
    if (!this.seen.add(event.event_id)) return;
    listeners.forEach((listener) => listener(event));
    absorb(this.stale, event, (id) => this.client.getQueryData(conversationOptions(id).queryKey)?.sequence ?? 0);
    this.soon('flush', Math.max(GATHER_MS, this.flushed + PAUSE_MS - Date.now()), () => this.flush());
  }

  /** The agent changed something of theirs in another tab or browser. */
  takeMine({ what, key }: Mine): void {
    if (what === 'read') {
      this.stale.conversations.add(key);
      this.stale.counts = true;
      this.soon('flush', GATHER_MS, () => this.flush());
    } else {
      this.refresh(what === 'draft' ? ['drafts'] : [what], GATHER_MS);
    }
  }

  /** Everything on screen may be old: read it anew. */
  async readAnew(): Promise<void> {
    await this.client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  }

  stop(): void {
    this.timers.forEach(clearTimeout);
  }

  /** Do it once after `ms`, however often it is asked for until then. */
  private soon(name: string, ms: number, act: () => void): void {
    if (this.timers.has(name)) return;
    const run = () => {
      this.timers.delete(name);
      act();
    };
    this.timers.set(name, setTimeout(run, ms));
  }

  private refresh(queryKey: readonly unknown[], ms = 0): void {
    this.soon(`${JSON.stringify(queryKey)} ${ms}`, ms, () => void this.client.invalidateQueries({ queryKey }));
  }

  private flush(): void {
    const { stale } = this;
    this.stale = nothing();
    this.flushed = Date.now();
    if (stale.conversations.size > MANY) this.refreshMany(stale.conversations);
    else stale.conversations.forEach((id) => void this.refreshOne(id));
    if (stale.conversations.size > 0) this.soon('searches', SEARCH_MS, () => this.refreshSearches());
    if (stale.customers.size > 0) this.refresh(['customers'], FIGURES_MS);
    if (stale.lists) this.refresh(LISTS);
    if (stale.counts) [countsOptions, queueOptions].forEach((each) => this.refresh(each.queryKey, FIGURES_MS));
    if (stale.labels) this.refresh(labelsOptions.queryKey, FIGURES_MS);
    if (stale.inboxes) this.refresh(inboxesOptions.queryKey, FIGURES_MS);
    if (stale.presence) this.refresh(presenceOptions.queryKey);
    if (stale.reports) REPORTS_MS.forEach((ms) => this.refresh(['reports'], ms));
  }

  /** What a text search finds, and which inbox is of which store, is known to the server alone. */
  private refreshSearches(): void {
    const searches = (query: Query) => {
      const search = query.queryKey[LISTS.length] as InboxSearch | undefined;
      return Boolean(search?.q ?? search?.store);
    };
    void this.client.invalidateQueries({ queryKey: LISTS, predicate: searches });
  }

  private refreshMany(ids: ReadonlySet<string>): void {
    void this.client.invalidateQueries({ queryKey: LISTS });
    for (const id of ids) {
      const { queryKey } = timelineOptions(id);
      if (this.client.getQueryCache().find({ queryKey })?.isActive()) void this.refreshOne(id);
      else {
        this.client.removeQueries({ queryKey });
        this.client.removeQueries({ queryKey: conversationOptions(id).queryKey });
      }
    }
  }

  private async refreshOne(id: string): Promise<void> {
    const timeline = this.client.getQueryCache().find({ queryKey: timelineOptions(id).queryKey });
    try {
      if (timeline?.isActive()) await refreshTimeline(this.client, id);
      else {
        if (timeline) this.client.removeQueries({ queryKey: timeline.queryKey });
        spread(this.client, await get<Conversation>(`/conversations/${id}`));
      }
    } catch (error) {
      if (isUncertain(error)) setTimeout(() => void this.refreshOne(id), RETRY_MS);
      else if (error instanceof Problem) void this.client.invalidateQueries({ queryKey: LISTS });
      else throw error;
    }
  }
}

const connection = createStore<Connection>('connecting');

export const useConnection = connection.use;
export const currentConnection = connection.get;

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();

/** Be told of every event as it comes, each once. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const REOPEN_MS = [1000, 2000, 4000, 8000];

/** The server says something every ten seconds at least; a stream that is silent for so long is dead. */
const SILENCE_MS = 25_000;

/** Follow the stream until the returned function is called. */
export function follow(client: QueryClient): () => void {
  const cache = new LiveCache(client);
  let source: EventSource | undefined;
  let last: string | undefined;
  let failures = 0;
  let reopen: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  /** Something came: the stream lives, and goes on behind it when it breaks. */
  const heard = (event: MessageEvent<string>) => {
    // An event without an id repeats the last one.
    last = event.lastEventId || last;
    listenOn();
  };
  const listenOn = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      connection.set('reconnecting');
      open();
    }, SILENCE_MS);
  };
  const begin = (event: MessageEvent<string>) => {
    heard(event);
    failures = 0;
    connection.set('live');
    forgetHere(); // the present follows
    announcer.again();
  };
  const on = (name: string, act: (event: MessageEvent<string>) => void) => source?.addEventListener(name, act as EventListener);

  const open = () => {
    clearTimeout(reopen);
    source?.close();
    source = new EventSource(url('/live', { tab: TAB, after: last }));
    listenOn();
    on('ready', (event) => {
      // What was read before the stream began may lack what happened in between.
      if (last === undefined) void cache.readAnew();
      begin(event);
    });
    on('reset', (event) => {
      begin(event);
      void cache.readAnew();
    });
    on('message', (event) => {
      heard(event);
      cache.take(JSON.parse(event.data) as LiveEvent);
    });
    on('ping', heard);
    on('here', (event) => {
      heard(event);
      hereToldBy(JSON.parse(event.data) as HereState);
    });
    on('mine', (event) => {
      heard(event);
      cache.takeMine(JSON.parse(event.data) as Mine);
    });
    source.onerror = () => {
      connection.set('reconnecting');
      // The browser reconnects by itself unless it was refused; then we ask again, with our place.
      if (source?.readyState !== EventSource.CLOSED) return;
      reopen = setTimeout(() => void again(), REOPEN_MS[Math.min(failures, REOPEN_MS.length - 1)]);
      failures += 1;
    };
  };

  /** A refusal may mean that the session is over: the client then leads to the login. */
  const again = async () => {
    try {
      await get('/agents');
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return;
    }
    open();
  };

  const offline = () => connection.set('reconnecting');
  addEventListener('online', open);
  addEventListener('offline', offline);
  open();
  return () => {
    removeEventListener('online', open);
    removeEventListener('offline', offline);
    clearTimeout(reopen);
    clearTimeout(silence);
    cache.stop();
    source?.close();
    forgetHere();
    connection.set('connecting');
  };
}
