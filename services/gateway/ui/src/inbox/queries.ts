import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { ConversationPage, Counts, InboxCount, LabelCount, QueueState } from '@/api/types';
import { after, type From, type Pages, START } from './rows';
import { type InboxSearch, listQuery, parseInboxSearch } from './search';

export const PAGE = 100;
/** Pages kept of one list: what a screen or a change has to go through stays small, however long the list is. */
const KEPT = 6;

export const LISTS = ['conversations', 'list'] as const;

export function listOptions(search: InboxSearch) {
  return infiniteQueryOptions<ConversationPage, Error, Pages, readonly [...typeof LISTS, InboxSearch], From>({
    // Only what the list depends on, in one spelling, so that the same list is cached once.
    queryKey: [...LISTS, parseInboxSearch({ ...search })] as const,
    queryFn: ({ pageParam, signal }) =>
      get<ConversationPage>('/conversations', { ...listQuery(search), limit: PAGE, cursor: pageParam.cursor }, signal),
    initialPageParam: START,
    getNextPageParam: (last, _pages, from) => after(last, from),
    getPreviousPageParam: (_first, _pages, from) => from.back,
    maxPages: KEPT,
    // Comparing every field of every row, and the way back of every page, costs more than it saves.
    structuralSharing: false,
  });
}

export const countsOptions = queryOptions({
  queryKey: ['conversations', 'counts'],
  queryFn: ({ signal }) => get<Counts>('/conversations/counts', {}, signal),
});

export const labelsOptions = queryOptions({
  queryKey: ['labels'],
  queryFn: ({ signal }) => get<LabelCount[]>('/labels', {}, signal),
  staleTime: 60_000,
});

export const inboxesOptions = queryOptions({
  queryKey: ['inboxes'],
  queryFn: ({ signal }) => get<InboxCount[]>('/inboxes', {}, signal),
  staleTime: 60_000,
});

/** The names of the stores that inboxes belong to. */
export const storesOptions = queryOptions({
  queryKey: ['inboxes', 'stores'],
  queryFn: async ({ signal }) => {
    const inboxes = await get<{ settings: { store: string } }[]>('/settings/inboxes', {}, signal);
    return [...new Set(inboxes.map(({ settings }) => settings.store).filter(Boolean))].sort();
  },
  staleTime: 300_000,
});

export const queueOptions = queryOptions({
  queryKey: ['queue'],
  queryFn: ({ signal }) => get<QueueState>('/queue', {}, signal),
  refetchInterval: 30_000,
});

/** Show the list from this page on, and nothing of it before. */
export async function openAt(client: QueryClient, search: InboxSearch, from: From): Promise<void> {
  const { queryKey } = listOptions(search);
  await client.cancelQueries({ queryKey });
  const page = await get<ConversationPage>('/conversations', { ...listQuery(search), limit: PAGE, cursor: from.cursor });
  client.setQueryData(queryKey, { pages: [page], pageParams: [from] });
}
