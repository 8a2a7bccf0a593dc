/**
 * The live stream: what happened elsewhere becomes what is on this screen.
 *
 * The stream says what changed, never the content; content is read through the API. It resumes exactly where it
 * broke off, so nothing is missed; an event that comes twice is known by its id.
 */
import type { Query, QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { get, isUncertain, Problem } from './api/client';
import type { Conversation, LiveEvent } from './api/types';
import { conversationOptions, presenceOptions, refreshTimeline, spread, timelineOptions } from './conversation/queries';
import { countsOptions, inboxesOptions, labelsOptions, LISTS, queueOptions } from './inbox/queries';
import type { InboxSearch } from './inbox/search';

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

const COUNTED = new Set(['opened', 'assigned', 'closed', 'reopened', 'snoozed', 'archived', 'merged', 'message_received', 'replied']);
const REPORTED = new Set(['opened', 'message_received', 'replied', 'label_added', 'label_removed', 'rated', 'merged', 'absorbed']);

/** Add what an event makes stale. `known` is the newest sequence on screen: an event up to it is no news. */
export function absorb(stale: Stale, event: LiveEvent, known: (id: string) => number): Stale {
  const [topic, what = ''] = event.type.split('.');
  if (topic === 'conversation' && event.conversation_id) {
    if ((event.sequence ?? Infinity) > known(event.conversation_id)) stale.conversations.add(event.conversation_id);
    stale.lists ||= what === 'merged';
    stale.counts ||= COUNTED.has(what);
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
    absorb(this.stale, event, (id) => this.client.getQueryData(conversationOptions(id).queryKey)?.sequence ?? 0);
    this.soon('flush', Math.max(GATHER_MS, this.flushed + PAUSE_MS - Date.now()), () => this.flush());
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

  /** What a text search finds is known to the server alone. */
  private refreshSearches(): void {
    const searches = (query: Query) => Boolean((query.queryKey[LISTS.length] as InboxSearch | undefined)?.q);
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

let connection: Connection = 'connecting';
const listeners = new Set<() => void>();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  listeners.forEach((listener) => listener());
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

const REOPEN_MS = [1000, 2000, 4000, 8000];

/** Follow the stream until the returned function is called. */
export function follow(client: QueryClient): () => void {
  const cache = new LiveCache(client);
  let source: EventSource | undefined;
  let last: string | undefined;
  let failures = 0;
  let reopen: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    clearTimeout(reopen);
    source?.close();
    source = new EventSource(last ? `/api/live?after=${encodeURIComponent(last)}` : '/api/live');
    source.addEventListener('ready', (event) => {
      // What was read before the stream began may lack what happened in between.
      if (last === undefined) void cache.readAnew();
      last = event.lastEventId;
      failures = 0;
      setConnection('live');
    });
    source.addEventListener('reset', (event) => {
      last = event.lastEventId;
      failures = 0;
      setConnection('live');
      void cache.readAnew();
    });
    source.onmessage = (event: MessageEvent<string>) => {
      last = event.lastEventId;
      cache.take(JSON.parse(event.data) as LiveEvent);
    };
    source.onerror = () => {
      setConnection('reconnecting');
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

  const offline = () => setConnection('reconnecting');
  addEventListener('online', open);
  addEventListener('offline', offline);
  open();
  return () => {
    removeEventListener('online', open);
    removeEventListener('offline', offline);
    clearTimeout(reopen);
    cache.stop();
    source?.close();
    setConnection('connecting');
  };
}
