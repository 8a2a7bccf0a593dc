/** Named lists: those that everybody has, and those that agents save. */
import { queryOptions } from '@tanstack/react-query';
import { change, get } from '@/api/client';
import type { Counts, SavedView } from '@/api/types';
import { type InboxSearch, type ListStatus, parseInboxSearch, parseUrl, sameList, statusOf, stringifyUrl } from './search';

export interface BuiltIn {
  name: 'open' | 'mine' | 'unassigned' | 'followed' | 'mentioned' | 'unread' | 'snoozed' | 'closed' | 'archived';
  search: InboxSearch;
}

/** What everybody has, in the order of the menu. */
export const BUILT_IN: readonly BuiltIn[] = [
  { name: 'open', search: {} },
  { name: 'mine', search: { assignee: 'me' } },
  { name: 'unassigned', search: { assignee: 'none' } },
  { name: 'followed', search: { assignee: 'followed' } },
  { name: 'mentioned', search: { status: 'any', assignee: 'mentioned' } },
  { name: 'unread', search: { status: 'any', unread: true } },
  { name: 'snoozed', search: { status: 'snoozed' } },
  { name: 'closed', search: { status: 'closed' } },
  { name: 'archived', search: { status: 'archived' } },
];

export const viewsOptions = queryOptions({
  queryKey: ['views'],
  queryFn: ({ signal }) => get<SavedView[]>('/views', {}, signal),
  staleTime: 300_000,
});

export function searchOf(view: Pick<SavedView, 'search'>): InboxSearch {
  return parseInboxSearch(parseUrl(view.search.replace(/^\?/, '')));
}

/** How a list is written down in a view. */
export function written(search: InboxSearch): string {
  return stringifyUrl({ ...search }).replace(/^\?/, '');
}

/** What the list on screen is called. */
export type Heading =
  | { kind: 'built-in'; name: BuiltIn['name'] }
  | { kind: 'saved'; view: SavedView }
  | { kind: 'found' }
  | { kind: 'status'; status: ListStatus };

/** The view that shows exactly this list, else what it is by its status. */
export function headingOf(search: InboxSearch, views: readonly SavedView[]): Heading {
  const saved = views.find((view) => sameList(searchOf(view), search));
  if (saved) return { kind: 'saved', view: saved };
  if (search.q?.trim()) return { kind: 'found' };
  const builtIn = BUILT_IN.find((view) => sameList(view.search, { ...search, sort: undefined }));
  if (builtIn) return { kind: 'built-in', name: builtIn.name };
  return { kind: 'status', status: statusOf(search) };
}

/** How many the list holds, where a standard view's figure says so. */
export function countOf(heading: Heading, counts: Counts | undefined): number | undefined {
  return heading.kind === 'built-in' ? figureOf(heading.name, counts) : undefined;
}

/** The figure of a standard view. Mentions are looked up, not worked off: nobody counts them. */
export function figureOf(name: BuiltIn['name'], counts: Counts | undefined): number | undefined {
  return name === 'mentioned' ? undefined : counts?.[name];
}

export type ViewBody = Pick<SavedView, 'name' | 'search' | 'shared'>;

export function createView(body: ViewBody): Promise<SavedView> {
  return change<SavedView>('POST', '/views', body);
}

export function updateView(id: string, body: ViewBody): Promise<SavedView> {
  return change<SavedView>('PUT', `/views/${id}`, body);
}

export function deleteView(id: string): Promise<void> {
  return change('DELETE', `/views/${id}`);
}
