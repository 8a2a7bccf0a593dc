/** What happened elsewhere becomes what is on this screen: the events of the live stream make the query cache true. */
import type { Query, QueryClient, QueryFilters } from '@tanstack/react-query';
import { isUncertain, Problem } from '@/api/client';
import type { LiveEvent, Mine } from '@/api/types';
import { draftsOptions } from '@/conversation/draftStore';
import { agentsOptions, conversationOptions, presenceOptions, refreshRow, refreshTimeline, timelineOptions } from '@/conversation/queries';
import { countsOptions, inboxesOptions, labelsOptions, LISTS, queueOptions } from '@/inbox/queries';
import type { InboxSearch } from '@/inbox/search';
import { TAB } from '@/personal/tab';
import { Paced, patiently } from './paced';

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
  /** Whom the events name. */
  agents: Set<string>;
  lists: boolean;
  counts: boolean;
  drafts: boolean;
  labels: boolean;
  inboxes: boolean;
  presence: boolean;
  reports: boolean;
}

export function nothing(): Stale {
  return {
    conversations: new Set(),
    customers: new Set(),
    agents: new Set(),
    lists: false,
    counts: false,
    drafts: false,
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
    stale.drafts ||= what === 'merged'; // they go on in the other one
    stale.counts ||= COUNTED.has(what) || Boolean(event.undelivered ?? event.settled ?? event.mentions ?? event.score);
    stale.labels ||= what.startsWith('label_');
    stale.inboxes ||= what === 'opened';
    stale.reports ||= REPORTED.has(what);
  }
  for (const id of [event.actor_kind === 'agent' ? event.actor_id : null, event.assignee, event.agent_id]) if (id) stale.agents.add(id);
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
/** Between two readings of all lists. */
const LISTS_MS = 1500;
/** What a search finds follows the events by a second or so. */
const SEARCH_MS = 1500;
/** The figures of the reports follow the events by a second or so, hence the second look. */
const REPORTS_MS = [1000, 4000];
const MANY = 10;
const RETRY_MS = 2000;

/** Keeps the query cache true to the stream: one event at once, a flood of them at a bearable rate. */
export class LiveCache {
  private stale = nothing();
  private flushed = -Infinity;
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private readonly paced = new Map<string, Paced>();
  private readonly seen = new Seen();
  /** Names that were asked for although nobody may have them. */
  private readonly asked = new Set<string>();

  constructor(private readonly client: QueryClient) {}

  take(event: LiveEvent): void {
    if (!this.seen.add(event.event_id)) return;
    listeners.forEach((listener) => listener(event));
    absorb(this.stale, event, (id) => this.known(id));
    this.flushSoon();
  }

  /** The agent changed something of theirs in another tab or browser. */
  takeMine({ what, key, tab }: Mine): void {
    if (tab === TAB) return;
    if (what === 'read') {
      this.stale.conversations.add(key);
      this.stale.counts = true;
      this.flushSoon();
    } else {
      this.refresh(what === 'draft' ? draftsOptions.queryKey : [what], GATHER_MS);
    }
  }

  /** Everything on screen may be old: read it anew. */
  async readAnew(): Promise<void> {
    await this.client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  }

  stop(): void {
    clearTimeout(this.flushing);
    this.paced.forEach((each) => each.stop());
  }

  /** Up to which event all of the conversation on this screen is true: its thread may be behind its row. */
  private known(id: string): number {
    const row = this.client.getQueryData(conversationOptions(id).queryKey)?.sequence ?? 0;
    const thread = this.client.getQueryData(timelineOptions(id).queryKey)?.pages[0]?.conversation.sequence;
    return Math.min(row, thread ?? Infinity);
  }

  private flushSoon(): void {
    this.flushing ??= setTimeout(() => this.flush(), Math.max(GATHER_MS, this.flushed + PAUSE_MS - Date.now()));
  }

  /** Have it read anew after `before` milliseconds, and then not again for `between`. */
  private refresh(queryKey: readonly unknown[], before = 0, between = before): void {
    this.ask(`${JSON.stringify(queryKey)} ${before}`, { queryKey }, before, between);
  }

  private refreshLists(): void {
    this.refresh(LISTS, 0, LISTS_MS);
  }

  private ask(name: string, filters: QueryFilters, before: number, between: number): void {
    const paced = this.paced.get(name) ?? new Paced(() => this.readAgain(filters), { before, between });
    this.paced.set(name, paced);
    paced.ask();
  }

  /** What is being read already may be too old, but let it come to its end: it may be the next page. */
  private async readAgain(filters: QueryFilters): Promise<void> {
    const underWay = this.client.getQueryCache().findAll({ ...filters, fetchStatus: 'fetching' });
    await patiently(Promise.allSettled(underWay.map((query) => query.promise)));
    await this.client.invalidateQueries(filters);
  }

  private flush(): void {
    const { stale } = this;
    this.stale = nothing();
    this.flushed = Date.now();
    this.flushing = undefined;
    if (stale.conversations.size > MANY) this.refreshMany(stale.conversations);
    else stale.conversations.forEach((id) => void this.refreshOne(id));
    if (stale.conversations.size > 0) this.refreshSearches();
    if (stale.customers.size > 0) this.refresh(['customers'], FIGURES_MS);
    if (stale.lists) this.refreshLists();
    if (stale.drafts) this.refresh(draftsOptions.queryKey, GATHER_MS);
    if (this.strangers(stale.agents)) this.refresh(agentsOptions.queryKey, FIGURES_MS);
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
    this.ask('searches', { queryKey: LISTS, predicate: searches }, SEARCH_MS, SEARCH_MS);
  }

  /** Whether somebody is named whom nobody knows here: a new colleague, or one who is gone. Each is asked for once. */
  private strangers(ids: ReadonlySet<string>): boolean {
    const agents = this.client.getQueryData(agentsOptions.queryKey);
    if (!agents) return false;
    const known = new Set(agents.map(({ id }) => id));
    const unknown = [...ids].filter((id) => !known.has(id) && !this.asked.has(id));
    unknown.forEach((id) => this.asked.add(id));
    return unknown.length > 0;
  }

  private refreshMany(ids: ReadonlySet<string>): void {
    this.refreshLists();
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
        await refreshRow(this.client, id);
      }
    } catch (error) {
      if (isUncertain(error)) setTimeout(() => void this.refreshOne(id), RETRY_MS);
      else if (error instanceof Problem) this.refreshLists();
      else throw error;
    }
  }
}

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();

/** Be told of every event as it comes, each once. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
