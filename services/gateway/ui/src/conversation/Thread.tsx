import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Fragment, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, TimelineItem } from '@/api/types';
import { daysBetween, useFormat } from '@/app/format';
import { ErrorState } from '@/app/states';
import { useDelayed } from '@/app/useDelayed';
import { useNow } from '@/app/useNow';
import { isUnread, markSeen, seenAt, useSeen } from '@/inbox/unread';
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
  const [firstNew] = useState(() => seenAt(row.id));
  const { data: me } = useQuery(sessionOptions);
  const { onItsWay } = useDraft(me?.id ?? '', row.id);
  useSeenWhileShown(row);
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
        <Items items={items} row={row} firstNew={firstNew} />
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

function Items({ items, row, firstNew }: { items: readonly TimelineItem[]; row: Conversation; firstNew: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const isNew = (item: TimelineItem) =>
    firstNew !== undefined && item.kind === 'message' && item.direction === 'inbound' && item.at > firstNew;
  const firstNewKey = items.find(isNew);
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
        {item === firstNewKey ? (
          <div className={classes.new} role="separator" data-first-new>
            <span>{t('conversation.new')}</span>
          </div>
        ) : null}
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

/** What is on screen is read, except what the agent marks as unread while it is open. */
function useSeenWhileShown(row: Conversation): void {
  const seen = useSeen();
  const { id, last_message_at: last } = row;
  const latest = useRef({ row, unread: false });
  latest.current = { row, unread: isUnread(row, seen) };
  useEffect(() => {
    const see = () => {
      if (document.visibilityState === 'visible') markSeen(latest.current.row);
    };
    see();
    document.addEventListener('visibilitychange', see);
    return () => document.removeEventListener('visibilitychange', see);
  }, [id, last]);
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
