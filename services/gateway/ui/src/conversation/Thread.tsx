import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Fragment, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, TimelineItem } from '@/api/types';
import { daysBetween, useFormat } from '@/app/format';
import { ErrorState } from '@/app/states';
import { useDelayed } from '@/app/useDelayed';
import { useNow } from '@/app/useNow';
import { useReadState } from '@/inbox/readState';
import { useDraft } from './drafts';
import { MessageCard } from './MessageCard';
import { NoteCard } from './NoteCard';
import { Pending } from './Pending';
import { sessionOptions, timelineOptions } from './queries';
import { SystemLine } from './SystemLine';
import classes from './Thread.module.css';
import { itemKey, itemsOf } from './timeline';

/** Everything that was said and done, oldest first, opened where the reader left off. */
export function Thread({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(timelineOptions(row.id));
  const items = useMemo(() => (query.data ? itemsOf(query.data) : []), [query.data]);
  const scroller = useRef<HTMLDivElement>(null);
  const seen = useSeenAtFirst(query.data?.pages[0]?.seen);
  const { data: me } = useQuery(sessionOptions);
  const { onItsWay } = useDraft(me?.id ?? '', row.id);
  useSeenWhileShown(scroller, row, items, query.data?.pages[0]?.seen ?? 0);
  useKeepPlace(scroller, items, onItsWay !== null);

  if (query.error && !query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return (
    // The thread scrolls, so it must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={`${classes.scroller} n-scroll`} tabIndex={0} role="log" aria-label={t('conversation.thread')} aria-live="off">
      <div className={classes.thread}>
        {query.hasNextPage ? (
          <Button className={classes.earlier} variant="subtle" size="xs" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('conversation.earlier')}
          </Button>
        ) : null}
        {query.isPending ? <Waiting /> : null}
        <Items items={items} row={row} seen={seen} />
        {onItsWay ? <Pending sending={onItsWay} /> : null}
      </div>
    </div>
  );
}

function Waiting() {
  const { t } = useTranslation();
  const late = useDelayed(true);
  return (
    <div className={classes.waiting} role="status" aria-busy aria-label={t('state.loading')}>
      {late ? (
        <>
          <Skeleton height={150} radius="lg" />
          <Skeleton height={96} radius="lg" />
        </>
      ) : null}
    </div>
  );
}

function Items({ items, row, seen }: { items: readonly TimelineItem[]; row: Conversation; seen: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  // To somebody who has never been here everything is new, and a line that says so says nothing.
  const firstNew = seen ? items.find((item) => item.kind === 'message' && item.direction === 'inbound' && item.sequence > seen) : undefined;
  const last = items.findLast((item) => item.kind === 'message');
  return items.map((item, index) => {
    const before = items[index - 1];
    const newDay = !before || daysBetween(new Date(before.at), new Date(item.at)) !== 0;
    return (
      <Fragment key={itemKey(item)}>
        {newDay ? (
          <div className={classes.day} role="separator">
            <span>{format.dayHeading(item.at, now)}</span>
          </div>
        ) : null}
        {item === firstNew ? (
          <div className={classes.new} role="separator" data-first-new>
            <span>{t('conversation.new')}</span>
          </div>
        ) : null}
        {item === last ? <div className={classes.last} data-last-message /> : null}
        <Item item={item} row={row} />
      </Fragment>
    );
  });
}

function Item({ item, row }: { item: TimelineItem; row: Conversation }) {
  switch (item.kind) {
    case 'message':
      return <MessageCard message={item} row={row} />;
    case 'note':
      return <NoteCard note={item} />;
    case 'system':
      return <SystemLine item={item} row={row} />;
  }
}

/** Up to where the reader had seen the conversation when it was opened; it stays while they read on. */
function useSeenAtFirst(seen: number | undefined): number | undefined {
  const [first, setFirst] = useState(seen);
  if (first === undefined && seen !== undefined) setFirst(seen);
  return first;
}

/** Once the newest message has been on screen the conversation is read, until it gets another one or is marked as unread. */
function useSeenWhileShown(scroller: RefObject<HTMLDivElement | null>, row: Conversation, items: readonly TimelineItem[], seen: number): void {
  const { see } = useReadState();
  const newest = items.findLast((item) => item.kind === 'message')?.sequence;
  const latest = useRef({ row, seen });
  useLayoutEffect(() => {
    latest.current = { row, seen };
  });
  useEffect(() => {
    const mark = scroller.current?.querySelector('[data-last-message]');
    if (!mark || newest === undefined) return;
    let shown = false;
    const look = () => {
      if (!shown || document.visibilityState !== 'visible') return;
      stop();
      // Also what is not shown as unread: it may be given to the reader later.
      if (latest.current.row.unread || newest > latest.current.seen) see(latest.current.row);
    };
    // What lies above the visible part has been on screen, or the reader has passed it by.
    const observer = new IntersectionObserver(
      ([entry]) => {
        shown = entry?.isIntersecting ?? false;
        look();
      },
      { root: scroller.current, rootMargin: '1000000px 0px 0px 0px' },
    );
    const stop = () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', look);
    };
    observer.observe(mark);
    document.addEventListener('visibilitychange', look);
    return stop;
  }, [scroller, newest, see]);
}

const NEAR_END = 120;

/**
 * Open at the first new message, else at the end. Stay at the end while mails find their height and news comes;
 * when earlier items are put above, what is being read does not move.
 */
function useKeepPlace(scroller: RefObject<HTMLDivElement | null>, items: readonly TimelineItem[], sending: boolean): void {
  const placed = useRef(false);
  const atEnd = useRef(true);
  const first = items[0] && itemKey(items[0]);
  const heightBefore = useRef<{ first: string | undefined; height: number }>({ first: undefined, height: 0 });

  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box || items.length === 0) return;
    const mark = box.querySelector('[data-first-new]');
    if (!placed.current) {
      placed.current = true;
      if (mark) mark.scrollIntoView({ block: 'start' });
      else box.scrollTop = box.scrollHeight;
      atEnd.current = !mark || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    } else if (heightBefore.current.first !== first) {
      box.scrollTop += box.scrollHeight - heightBefore.current.height;
    }
    heightBefore.current = { first, height: box.scrollHeight };
  }, [scroller, items, first]);

  useLayoutEffect(() => {
    const box = scroller.current;
    if (sending && box) box.scrollTop = box.scrollHeight;
  }, [scroller, sending]);

  useEffect(() => {
    const box = scroller.current;
    const content = box?.firstElementChild;
    if (!box || !content) return;
    const onScroll = () => {
      atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    };
    const observer = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
      heightBefore.current.height = box.scrollHeight;
    });
    observer.observe(content);
    observer.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', onScroll);
    };
  }, [scroller]);
}
