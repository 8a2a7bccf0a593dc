/** Changing what the query cache holds, so that the change outlives a fetch that is under way. */
import type { QueryClient, QueryKey } from '@tanstack/react-query';

/** Do it when the fetch of this query that is under way has ended well; nothing when there is none. */
export function afterFetch(client: QueryClient, queryKey: QueryKey, act: () => void): void {
  void client.getQueryCache().find({ queryKey })?.promise?.then(act, () => undefined);
}

/**
 * Change what a query holds, if it holds something, and keep its age: what is stale stays so.
 *
 * A fetch that began before would undo it with what was true then, so the change is made again when the fetch ends:
 * made twice, it must be the same as once.
 */
export function amend<T>(client: QueryClient, queryKey: QueryKey, how: (data: T) => T): void {
  const query = client.getQueryCache().find<T>({ queryKey });
  if (!query) return;
  const change = () => {
    const { data, dataUpdatedAt, isInvalidated } = query.state;
    if (data === undefined) return;
    query.setData(how(data), { updatedAt: dataUpdatedAt, manual: true });
    if (isInvalidated) query.invalidate();
  };
  change();
  afterFetch(client, queryKey, change);
}
