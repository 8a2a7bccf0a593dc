/** Keeping a cached list true while conversations change: pure functions over its pages. */
import type { InfiniteData } from '@tanstack/react-query';
import type { Conversation, ConversationPage, Sort } from '@/api/types';
import { type InboxSearch, statusOf } from './search';

/**
 * Where a page begins. Only a window of pages is kept, so each remembers the way back to the first one.
 *
 * `at` counts the rows before it, as they were when the page before it was read.
 */
export interface From {
  page: number;
  at: number;
  cursor: string | undefined;
  back: From | undefined;
}

export type Pages = InfiniteData<ConversationPage, From>;

export const START: From = { page: 0, at: 0, cursor: undefined, back: undefined };

/** Where the page after this one begins; undefined at the end of the list. */
export function after(page: ConversationPage, from: From): From | undefined {
  return page.next === null ? undefined : { page: from.page + 1, at: from.at + page.items.length, cursor: page.next, back: from };
}

/** The page on the way back in which a row with this place in the list was. */
export function pageAt(from: From, index: number): From {
  let found = from;
  while (found.back && found.at > index) found = found.back;
  return found;
}

/** Whether the conversation belongs to the list; undefined when only the server can tell. */
export function matches(row: Conversation, search: InboxSearch, me: string): boolean | undefined {
  const { assignee, label, channel, account, rating, priority, customer } = search;
  const status = statusOf(search);
  if (status !== 'any' && row.status !== status) return false;
  if (assignee && !isFor(row, assignee, me)) return false;
  if (label && !label.every((each) => row.labels.includes(each))) return false;
  if (channel && !channel.includes(row.channel)) return false;
  if (account && !account.includes(row.account)) return false;
  if (rating && !rating.some((each) => Number(each) === row.rating)) return false;
  if (search.undelivered && !row.undelivered) return false;
  if (priority && row.priority !== priority) return false;
  if (customer && (row.customer_id === null || !customer.includes(row.customer_id ?? ''))) return false;
  if (search.sort === 'waiting' && row.waiting_since === null) return false;
  // What was read a moment ago stays in the list of the unread until that is looked at anew.
  if (search.unread && !row.unread) return undefined;
  return search.q?.trim() || search.store ? undefined : true;
}

function isFor(row: Conversation, assignee: string, me: string): boolean {
  if (assignee === 'followed') return row.followers.includes(me);
  if (assignee === 'mentioned') return row.mentioned.includes(me);
  if (assignee === 'none') return row.assignee === null;
  return row.assignee === (assignee === 'me' ? me : assignee);
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Which of two rows comes first (negative: the left one). Only rows that wait are sorted by `waiting`. */
export function order(sort: Sort): (a: Conversation, b: Conversation) => number {
  const at = (value: string) => new Date(value).getTime();
  if (sort === 'newest') return (a, b) => at(b.last_message_at) - at(a.last_message_at) || text(b.id, a.id);
  if (sort === 'oldest') return (a, b) => at(a.last_message_at) - at(b.last_message_at) || text(a.id, b.id);
  const waiting = (row: Conversation) => at(row.waiting_since ?? row.last_message_at);
  return (a, b) => waiting(a) - waiting(b) || text(a.id, b.id);
}

/**
 * The pages with the changed conversation where it belongs now.
 *
 * A row that is older than what the list has already is ignored. One that sorts before or behind everything
 * loaded is left to its own page. Where only the server can tell, a known row is updated in place and an unknown
 * one is left to the server.
 */
export function place(pages: Pages, row: Conversation, search: InboxSearch, me: string): Pages {
  const at = find(pages, row.id);
  const known = at && pages.pages[at.page]?.items[at.index];
  if (known && known.sequence > row.sequence) return pages;
  const belongs = matches(row, search, me);
  const compare = order(search.sort ?? 'newest');
  if (at && known && (belongs === undefined || (belongs && compare(known, row) === 0))) return splice(pages, at.page, at.index, 1, row);
  const without = at ? splice(pages, at.page, at.index, 1) : pages;
  return belongs ? insert(without, row, compare) : without;
}

function find(pages: Pages, id: string): { page: number; index: number } | undefined {
  for (const [page, { items }] of pages.pages.entries()) {
    const index = items.findIndex((each) => each.id === id);
    if (index >= 0) return { page, index };
  }
  return undefined;
}

function splice(pages: Pages, at: number, index: number, remove: number, ...add: Conversation[]): Pages {
  const page = pages.pages[at];
  if (!page) return pages;
  return { ...pages, pages: pages.pages.with(at, { ...page, items: page.items.toSpliced(index, remove, ...add) }) };
}

function insert(pages: Pages, row: Conversation, compare: (a: Conversation, b: Conversation) => number): Pages {
  const first = pages.pages.find((page) => page.items.length > 0)?.items[0];
  if ((pages.pageParams[0]?.page ?? 0) > 0 && first && compare(row, first) < 0) return pages;
  for (const [number, page] of pages.pages.entries()) {
    const at = page.items.findIndex((each) => compare(row, each) < 0);
    const last = number === pages.pages.length - 1;
    if (at < 0 && !(last && page.next === null)) continue;
    return splice(pages, number, at < 0 ? page.items.length : at, 0, row);
  }
  return pages;
}

/** A loaded page as the screen needs it. */
export interface Loaded {
  page: number;
  rows: readonly Conversation[];
  /** Whether rows follow it that are not loaded. */
  more: boolean;
}

export function loadedOf(pages: Pages | undefined): Loaded[] {
  return (pages?.pages ?? []).map((page, index) => ({
    page: pages?.pageParams[index]?.page ?? index,
    rows: page.items,
    more: page.next !== null && index === (pages?.pages.length ?? 0) - 1,
  }));
}

/** The pages as they were shown when the hold began, by their number, with those that came by scrolling since. */
export type Shown = ReadonlyMap<number, readonly Conversation[]>;

/** How many rows the list is known to hold: those up to the end of what is loaded. */
export function countLoaded({ pages, pageParams }: Pages): number {
  return pages.reduce((sum, page) => sum + page.items.length, pageParams[0]?.at ?? 0);
}

/** The rows on screen while nothing may move: what left is marked, news is counted. */
export interface Held {
  rows: Conversation[];
  gone: ReadonlySet<string>;
  news: number;
  shown: Shown;
}

export function shownOf(live: readonly Loaded[]): Shown {
  return new Map(live.map(({ page, rows }) => [page, rows]));
}

/** `before` keeps its order with fresh contents; what left the list stays, marked; what is new is counted. */
export function hold(before: Shown, live: readonly Loaded[]): Held {
  const fresh = new Map(live.flatMap(({ rows }) => rows.map((row) => [row.id, row] as const)));
  const kept = live.flatMap(({ page }) => before.get(page) ?? []);
  const known = new Set(kept.map((row) => row.id));
  const shown = new Map(live.map((each) => [each.page, grown(before.get(each.page), each, known)] as const));
  const rows = [...shown.values()].flat();
  const ids = new Set(rows.map((row) => row.id));
  return {
    rows: rows.map((row) => fresh.get(row.id) ?? row),
    gone: goneOf(rows, fresh, live.at(-1)?.more ?? false),
    news: [...fresh.keys()].filter((id) => !ids.has(id)).length,
    shown,
  };
}

/** A page with what came by scrolling: all of it when it is new, else what follows its last known row. */
function grown(before: readonly Conversation[] | undefined, { rows }: Loaded, known: ReadonlySet<string>): readonly Conversation[] {
  if (!before) return rows.filter((row) => !known.has(row.id));
  const last = rows.findLastIndex((row) => known.has(row.id));
  const tail = rows.slice(last + 1);
  return last < 0 || tail.length === 0 ? before : [...before, ...tail];
}

/** Rows that left the list. Those behind the last loaded one have only moved to a page that is not loaded. */
function goneOf(rows: readonly Conversation[], fresh: ReadonlyMap<string, Conversation>, more: boolean): ReadonlySet<string> {
  const end = more ? rows.findLastIndex((row) => fresh.has(row.id)) + 1 : rows.length;
  return new Set(rows.slice(0, end).flatMap((row) => (fresh.has(row.id) ? [] : [row.id])));
}
