/** Keeping a cached list true while conversations change: pure functions over its pages. */
import type { InfiniteData } from '@tanstack/react-query';
import type { Conversation, ConversationPage, Sort } from '@/api/types';
import type { InboxSearch } from './search';

export type Pages = InfiniteData<ConversationPage, unknown>;

/** Whether the conversation belongs to the list; undefined when only the server can tell (a text search). */
export function matches(row: Conversation, search: InboxSearch, me: string): boolean | undefined {
  const status = search.status ?? 'open';
  if (status !== 'any' && row.status !== status) return false;
  if (search.assignee === 'none' && row.assignee !== null) return false;
  if (search.assignee === 'me' && row.assignee !== me) return false;
  if (search.assignee && !['me', 'none'].includes(search.assignee) && row.assignee !== search.assignee) return false;
  if (search.label && !search.label.every((label) => row.labels.includes(label))) return false;
  if (search.channel && !search.channel.includes(row.channel)) return false;
  if (search.sort === 'waiting' && row.waiting_since === null) return false;
  return search.q?.trim() ? undefined : true;
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
 * A row that is older than what the list has already is ignored. One that sorts behind everything loaded is left
 * to its own page. Under a text search a known row is updated in place and an unknown one is left to the server.
 */
export function place(pages: Pages, row: Conversation, search: InboxSearch, me: string): Pages {
  const known = pages.pages.flatMap((page) => page.items).find((each) => each.id === row.id);
  if (known && known.sequence > row.sequence) return pages;
  const belongs = matches(row, search, me);
  if (belongs === undefined) {
    return known ? mapItems(pages, (items) => items.map((each) => (each.id === row.id ? row : each))) : pages;
  }
  const without = known ? mapItems(pages, (items) => items.filter((each) => each.id !== row.id)) : pages;
  return belongs ? insert(without, row, order(search.sort ?? 'newest')) : without;
}

function mapItems(pages: Pages, change: (items: Conversation[]) => Conversation[]): Pages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: change(page.items) })) };
}

function insert(pages: Pages, row: Conversation, compare: (a: Conversation, b: Conversation) => number): Pages {
  for (const [index, page] of pages.pages.entries()) {
    const at = page.items.findIndex((each) => compare(row, each) < 0);
    const last = index === pages.pages.length - 1;
    if (at < 0 && !(last && page.next === null)) continue;
    const items = at < 0 ? [...page.items, row] : page.items.toSpliced(at, 0, row);
    return { ...pages, pages: pages.pages.with(index, { ...page, items }) };
  }
  return pages;
}

/** The rows on screen while the pointer rests on the list: nothing moves, news is counted. */
export interface Held {
  rows: Conversation[];
  gone: ReadonlySet<string>;
  news: number;
}

/** `shown` keeps its order with fresh contents; what left the list stays, marked; what is new is counted. */
export function hold(shown: readonly Conversation[], live: readonly Conversation[]): Held {
  const fresh = new Map(live.map((row) => [row.id, row]));
  const before = new Set(shown.map((row) => row.id));
  const lastShown = shown.findLast((row) => fresh.has(row.id));
  const end = lastShown ? live.findIndex((row) => row.id === lastShown.id) : -1;
  // Rows behind the last one shown came by scrolling, not as news.
  const tail = end < 0 ? [] : live.slice(end + 1).filter((row) => !before.has(row.id));
  const tailIds = new Set(tail.map((row) => row.id));
  return {
    rows: [...shown.map((row) => fresh.get(row.id) ?? row), ...tail],
    gone: new Set(shown.filter((row) => !fresh.has(row.id)).map((row) => row.id)),
    news: live.filter((row) => !before.has(row.id) && !tailIds.has(row.id)).length,
  };
}
