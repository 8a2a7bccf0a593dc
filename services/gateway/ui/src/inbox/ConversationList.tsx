import { Loader, Skeleton } from '@mantine/core';
import { IconArrowUp, IconMoodSmile, IconSearchOff } from '@tabler/icons-react';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { EmptyState, ErrorState } from '@/app/states';
import { useDelayed } from '@/app/useDelayed';
import classes from './ConversationList.module.css';
import { Row, ROW_HEIGHT } from './Row';
import { type Held, hold, type Pages } from './rows';
import { filterCount, type InboxSearch } from './search';
import { isUnread, useSeen } from './unread';

interface Props {
  query: UseInfiniteQueryResult<Pages>;
  rows: readonly Conversation[];
  search: InboxSearch;
  openId: string | undefined;
  cursor: string | undefined;
  /** Counts moves by keyboard: each lets go of what the pointer holds. */
  keyMoves: number;
}

const NONE: ReadonlySet<string> = new Set();

export function ConversationList({ query, rows, search, openId, cursor, keyMoves }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { view, handlers, release } = useHold(rows, keyMoves);
  const seen = useSeen();
  const virtual = useVirtualizer({
    count: view.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => view.rows[index]?.id ?? index,
    overscan: 8,
  });
  const visible = virtual.getVirtualItems();
  useMore(query, (visible.at(-1)?.index ?? 0) >= view.rows.length - 10);
  useCursorFocus(view.rows, cursor, keyMoves, (index) => virtual.scrollToIndex(index));

  if (query.error && rows.length === 0) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Waiting />;
  if (view.rows.length === 0) return <Empty search={search} />;
  return (
    <div className={classes.frame}>
      {view.news > 0 ? (
        <button
          type="button"
          className={classes.news}
          onClick={() => {
            release();
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          <IconArrowUp size={14} aria-hidden />
          {t('list.news', { count: view.news })}
        </button>
      ) : null}
      <div
        ref={scroller}
        className={`${classes.scroller} n-scroll`}
        data-keys="own"
        data-stale={query.isPlaceholderData}
        {...handlers}
      >
        <ul className={classes.rows} style={{ height: virtual.getTotalSize() }} aria-busy={query.isPlaceholderData}>
          {visible.map(({ index, start, key }) => {
            const row = view.rows[index];
            return row ? (
              <li key={key} className={classes.item} style={{ transform: `translateY(${start}px)` }} aria-setsize={query.hasNextPage ? -1 : view.rows.length} aria-posinset={index + 1}>
                <Row row={row} open={row.id === openId} cursor={row.id === cursor} unread={isUnread(row, seen)} gone={view.gone.has(row.id)} />
              </li>
            ) : null;
          })}
        </ul>
        {query.isFetchingNextPage ? <Loader size="xs" className={classes.more} /> : null}
      </div>
    </div>
  );
}

/** Nothing moves under the pointer, nor under the eyes of somebody who has scrolled. */
function useHold(live: readonly Conversation[], keyMoves: number) {
  const [held, setHeld] = useState<readonly Conversation[] | null>(null);
  const pointer = useRef(false);
  const scrolled = useRef(false);
  const take = () => setHeld((before) => before ?? live);
  const settle = () => {
    if (!pointer.current && !scrolled.current) setHeld(null);
  };
  useEffect(() => setHeld(null), [keyMoves]);
  const view: Held = held ? hold(held, live) : { rows: [...live], gone: NONE, news: 0 };
  const handlers = {
    onPointerMove: (event: PointerEvent) => {
      if (event.pointerType !== 'mouse') return;
      pointer.current = true;
      take();
    },
    onPointerLeave: () => {
      pointer.current = false;
      settle();
    },
    onScroll: (event: { currentTarget: HTMLElement }) => {
      scrolled.current = event.currentTarget.scrollTop > ROW_HEIGHT;
      if (scrolled.current) take();
      else settle();
    },
  };
  return { view, handlers, release: () => setHeld(null) };
}

function useMore(query: Props['query'], nearEnd: boolean): void {
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  useEffect(() => {
    if (nearEnd && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [nearEnd, hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
}

/** After a move by key the row is on screen and has the focus. */
function useCursorFocus(rows: readonly Conversation[], cursor: string | undefined, moves: number, scrollTo: (index: number) => void): void {
  const latest = useRef({ rows, cursor, scrollTo });
  useLayoutEffect(() => {
    latest.current = { rows, cursor, scrollTo };
  });
  useEffect(() => {
    if (moves === 0) return;
    const { rows, cursor, scrollTo } = latest.current;
    const index = rows.findIndex((row) => row.id === cursor);
    if (index < 0) return;
    scrollTo(index);
    const frame = requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-row="${cursor}"]`)?.focus({ preventScroll: true }),
    );
    return () => cancelAnimationFrame(frame);
  }, [moves]);
}

function Waiting() {
  const late = useDelayed(true);
  const { t } = useTranslation();
  return (
    <div className={classes.waiting} aria-busy role="status" aria-label={t('state.loading')}>
      {late
        ? Array.from({ length: 8 }, (_, index) => (
            <div key={index} className={classes.bone}>
              <Skeleton height={11} width="45%" radius="sm" />
              <Skeleton height={11} width="85%" radius="sm" />
              <Skeleton height={9} width="65%" radius="sm" />
            </div>
          ))
        : null}
    </div>
  );
}

function Empty({ search }: { search: InboxSearch }) {
  const { t } = useTranslation();
  if (search.q || filterCount(search) > 0) {
    return <EmptyState icon={<IconSearchOff size={30} stroke={1.4} />} title={t('list.noMatch')} text={t('list.noMatchText')} />;
  }
  return <EmptyState icon={<IconMoodSmile size={30} stroke={1.4} />} title={t('list.empty')} text={t('list.emptyText')} />;
}
