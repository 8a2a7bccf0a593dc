import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { ConversationPage, Counts, InboxCount, LabelCount, QueueState } from '@/api/types';
import { type InboxSearch, listQuery, parseInboxSearch } from './search';

const PAGE = 50;

export const LISTS = ['conversations', 'list'] as const;

export function listOptions(search: InboxSearch) {
  return infiniteQueryOptions({
    // Only what the list depends on, in one spelling, so that the same list is cached once.
    queryKey: [...LISTS, parseInboxSearch({ ...search })] as const,
    queryFn: ({ pageParam, signal }) =>
      get<ConversationPage>('/conversations', { ...listQuery(search), limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
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

export const queueOptions = queryOptions({
  queryKey: ['queue'],
  queryFn: ({ signal }) => get<QueueState>('/queue', {}, signal),
  refetchInterval: 30_000,
});
