/** The thread in pages, newest page first, each page oldest item first: pure functions. */
import type { InfiniteData } from '@tanstack/react-query';
import type { Timeline, TimelineItem } from '@/api/types';

export type TimelinePages = InfiniteData<Timeline, unknown>;

/**
 * One key for an item, the same in every answer. Events are counted per conversation, and a thread may show those
 * of several that were merged, so the number alone would not do.
 */
export function itemKey(item: TimelineItem): string {
  return item.kind === 'system' ? `${item.type} ${item.at} ${item.sequence}` : item.id;
}

/** The thread from its oldest loaded item to its newest, each item once. */
export function itemsOf(pages: TimelinePages): TimelineItem[] {
  const found = new Map<string, TimelineItem>();
  for (const page of pages.pages.toReversed()) for (const item of page.items) found.set(itemKey(item), item);
  return [...found.values()];
}

/**
 * The pages with a fresh newest page.
 *
 * Where it touches what is loaded, the older part stays; where it does not (more was missed than a page holds),
 * the rest is dropped, so that there is never a gap in the thread. An answer that was overtaken changes nothing.
 */
export function withFresh(pages: TimelinePages, fresh: Timeline): TimelinePages {
  const [newest, ...older] = pages.pages;
  const first = fresh.items[0];
  if (newest && newest.conversation.sequence > fresh.conversation.sequence) return pages;
  if (!newest || !first || fresh.before === null) return { pages: [fresh], pageParams: [undefined] };
  const known = new Set(fresh.items.map(itemKey));
  if (!newest.items.some((item) => known.has(itemKey(item)))) return { pages: [fresh], pageParams: [undefined] };
  const kept = newest.items.filter((item) => !known.has(itemKey(item)) && item.at <= first.at);
  const joined = kept.length ? { ...fresh, items: [...kept, ...fresh.items], before: newest.before } : fresh;
  return { ...pages, pages: [joined, ...older] };
}
