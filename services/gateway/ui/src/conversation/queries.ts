import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { Agent, Conversation, PresenceView, Timeline } from '@/api/types';
import { afterFetch, amend } from '@/app/amend';
import { LISTS } from '@/inbox/queries';
import { type Pages, place } from '@/inbox/rows';
import type { InboxSearch } from '@/inbox/search';
import { type TimelinePages, withFresh } from './timeline';

const PAGE = 20;

export function conversationOptions(id: string) {
  return queryOptions({
    queryKey: ['conversations', 'one', id] as const,
    queryFn: ({ signal }) => get<Conversation>(`/conversations/${id}`, {}, signal),
  });
}

/** The conversation as the lists that are there know it: shown until the server has said more. */
export function listed(client: QueryClient, id: string): Conversation | undefined {
  return client
    .getQueriesData<Pages>({ queryKey: LISTS })
    .flatMap(([, list]) => list?.pages.flatMap((page) => page.items.filter((row) => row.id === id)) ?? [])
    .reduce<Conversation | undefined>((newest, row) => (newest && newest.sequence >= row.sequence ? newest : row), undefined);
}

export function timelineOptions(id: string) {
  return infiniteQueryOptions({
    queryKey: ['conversations', 'timeline', id] as const,
    queryFn: ({ pageParam, signal }) =>
      get<Timeline>(`/conversations/${id}/timeline`, { before: pageParam, limit: PAGE }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.before ?? undefined,
  });
}

export const agentsOptions = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => get<Agent[]>('/agents', {}, signal),
  staleTime: 300_000,
});

export const presenceOptions = queryOptions({
  queryKey: ['presence'],
  queryFn: ({ signal }) => get<PresenceView[]>('/presence', {}, signal),
});

export const sessionOptions = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Agent>('/session', {}, signal),
  staleTime: Infinity,
  retry: false,
});

/** Put a conversation's new state into every cached list and page that shows it. Older news changes nothing. */
export function spread(client: QueryClient, row: Conversation, force = false): void {
  const me = client.getQueryData(sessionOptions.queryKey)?.id ?? '';
  const { queryKey } = conversationOptions(row.id);
  const known = client.getQueryData(queryKey);
  if (!force && known && known.sequence > row.sequence) return;
  client.setQueryData(queryKey, row);
  afterFetch(client, queryKey, () => client.setQueryData(queryKey, (now) => (now && now.sequence > row.sequence ? now : row)));
  const newest = () => client.getQueryData(queryKey) ?? row;
  for (const query of client.getQueryCache().findAll({ queryKey: LISTS })) {
    const search = query.queryKey[LISTS.length] as InboxSearch;
    amend<Pages>(client, query.queryKey, (pages) => place(pages, newest(), search, me));
  }
}

/** How often this tab has marked each read or unread. */
const marks = new Map<string, number>();

/** The server has taken that it was read, or unread. */
export function marked(id: string): void {
  marks.set(id, (marks.get(id) ?? 0) + 1);
}

/** Ask for something; anew if the conversation was marked meanwhile, since the answer may not know of that. */
async function askSinceMarked<T>(id: string, ask: () => Promise<T>): Promise<T> {
  const before = marks.get(id);
  const answer = await ask();
  return marks.get(id) === before ? answer : askSinceMarked(id, ask);
}

/** Read a conversation's state, and put it wherever it is shown. */
export async function refreshRow(client: QueryClient, id: string): Promise<void> {
  spread(client, await askSinceMarked(id, () => get<Conversation>(`/conversations/${id}`)));
}

/** Read the end of a thread that is loaded, and put it where the rest is. */
export async function refreshTimeline(client: QueryClient, id: string): Promise<void> {
  const { queryKey } = timelineOptions(id);
  if (client.getQueryData(queryKey) === undefined) return;
  const fresh = await askSinceMarked(id, () => get<Timeline>(`/conversations/${id}/timeline`, { limit: PAGE }));
  amend<TimelinePages>(client, queryKey, (pages) => withFresh(pages, fresh));
  spread(client, fresh.conversation);
}
