import { Button, Checkbox, Skeleton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArrowDown, IconMessageCircle } from '@tabler/icons-react';
import { type UseInfiniteQueryResult, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem, TimelineItem } from '@/api/types';
import { useFormat } from '@/app/format';
import { contactName, useAgentName } from '@/app/people';
import { EmptyState, ErrorState } from '@/app/states';
import { useDelayed } from '@/app/useDelayed';
import { useNow } from '@/app/useNow';
import { useZone } from '@/app/zone';
import { useReadState } from '@/inbox/readState';
import { modeOf } from './draft';
import { useOnItsWay } from './draftStore';
import { type Entry, entriesOf, firstToRead, firstUnseen, newestNews, newsBehind, worthShowing } from './entries';
import { messageIn, placeOf } from './links';
import { MessageCard } from './MessageCard';
import { NoteCard } from './NoteCard';
import { Pending } from './Pending';
import { usePlace } from './place';
import { sessionOptions, timelineOptions } from './queries';
import { RatingRequest } from './RatingRequest';
import type { Splitting } from './split';
import { SystemLines } from './SystemLine';
import classes from './Thread.module.css';
import { itemKey, itemsOf } from './timeline';
import { useWalk } from './walk';

/** So many entries, and those that are not on screen are not laid out. */
const MANY = 40;

/** Everything that was said and done, oldest first, opened where the reader left off. */
export function Thread({ row, splitting }: { row: Conversation; splitting: Splitting }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(timelineOptions(row.id));
  const { data: me } = useQuery(sessionOptions);
  const items = useMemo(() => worthShowing(query.data ? itemsOf(query.data) : [], row.merged_into !== null), [query.data, row.merged_into]);
  const seen = useSeenAtFirst(query.data?.pages[0]?.seen);
  const zone = useZone();
  const entries = useMemo(() => entriesOf(items, zone, firstUnseen(items, seen ?? 0, me?.id ?? '')), [items, zone, seen, me?.id]);
  const scroller = useRef<HTMLDivElement>(null);
  const onItsWay = useOnItsWay(me?.id ?? '', row.id);
  useSeenWhileShown(scroller, row, items, query.data?.pages[0]?.seen ?? 0);
  const place = usePlace(scroller, { shown: entries, opening: () => openingOf(scroller.current, seen ? undefined : firstToRead(items, !query.hasNextPage)) });
  const news = useNews(items, place.atEnd, me?.id ?? '');
  const linked = useLinked(scroller, query, items, place.to);
  const walk = useWalk(scroller);
  useLayoutEffect(() => {
    if (onItsWay.length > 0) place.toEnd();
  }, [onItsWay.length, place.toEnd]); // eslint-disable-line react-hooks/exhaustive-deps -- not whenever the place changes

  if (query.error && !query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return (
    <div className={classes.frame}>
      {/* The thread scrolls, so it must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={scroller} className={`${classes.scroller} n-scroll`} tabIndex={0} role="log" aria-label={t('conversation.thread')} aria-live="off" onKeyDown={walk}>
        <div className={classes.thread} data-long={entries.length > MANY} data-splitting={splitting.chosen !== null}>
          {query.hasNextPage ? <Earlier query={query} /> : null}
          {query.isPending ? <Waiting /> : null}
          {query.data && entries.length === 0 && onItsWay.length === 0 ? (
            <EmptyState icon={<IconMessageCircle size={28} stroke={1.4} />} title={t('conversation.empty')} />
          ) : null}
          <Entries entries={entries} row={row} splitting={splitting} linked={linked} />
          {onItsWay.map(({ key, sending }) => (
            <Pending key={key} mode={modeOf(key)} sending={sending} />
          ))}
        </div>
      </div>
      <div role="status" className={classes.news}>
        {news.length > 0 ? (
          <Button size="compact-sm" radius="xl" rightSection={<IconArrowDown size={14} />} onClick={() => showNews(scroller, news, place)}>
            {t('conversation.news', { count: news.length })}
          </Button>
        ) : null}
      </div>
    </div>
  );
}

type Place = ReturnType<typeof usePlace>;

/** Where the thread opens: at what is new, or at a message, with its day. */
function openingOf(scroller: HTMLElement | null, first: MessageItem | undefined): Element | null {
  const element = scroller?.querySelector(first ? `[data-stop="${first.id}"]` : '[data-first-new]') ?? null;
  const day = element?.previousElementSibling;
  return day?.role === 'separator' ? day : element;
}

function showNews(scroller: RefObject<HTMLDivElement | null>, news: readonly TimelineItem[], place: Place): void {
  const element = news[0] && scroller.current?.querySelector<HTMLElement>(`[data-stop="${itemKey(news[0])}"]`);
  if (!element) return place.toEnd();
  place.to(element);
  element.focus({ preventScroll: true });
}

/** Older messages: they load by themselves when the reader comes near, and by the button. */
function Earlier({ query }: { query: Pick<UseInfiniteQueryResult, 'fetchNextPage' | 'isFetchingNextPage' | 'isFetchNextPageError'> }) {
  const { t } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);
  const { fetchNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  useEffect(() => {
    const target = button.current;
    if (!target || isFetchingNextPage || isFetchNextPageError) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void fetchNextPage(), {
      root: target.closest('[role="log"]'),
      rootMargin: '600px 0px 0px 0px',
    });
    observer.observe(target);
    return () => observer.disconnect();
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  return (
    <Button ref={button} className={classes.earlier} variant="subtle" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      {t('conversation.earlier')}
    </Button>
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

interface EntriesProps {
  entries: readonly Entry[];
  row: Conversation;
  splitting: Splitting;
  /** The message that the address names. */
  linked: string | undefined;
}

function Entries({ entries, row, splitting, linked }: EntriesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return entries.map((entry) => {
    switch (entry.kind) {
      case 'day':
        return (
          <div key={entry.key} className={classes.day} role="separator">
            <span>{format.dayHeading(entry.at, now)}</span>
          </div>
        );
      case 'new':
        return (
          <div key={entry.key} className={classes.new} role="separator" data-first-new>
            <span>{t('conversation.new')}</span>
          </div>
        );
      case 'lines':
        return (
          <div key={entry.key} className={classes.entry}>
            <SystemLines lines={entry.lines} row={row} />
          </div>
        );
      case 'note':
        return (
          <div key={entry.key} className={classes.entry} data-stop={entry.key} tabIndex={-1}>
            <NoteCard note={entry.item} />
          </div>
        );
      case 'message':
        return (
          <div
            key={entry.key}
            id={placeOf(entry.key)}
            className={classes.entry}
            data-stop={entry.key}
            data-linked={entry.key === linked}
            tabIndex={-1}
          >
            {splitting.chosen && entry.item.automatic !== 'rating_request' ? <Pick message={entry.item} row={row} splitting={splitting} /> : null}
            {entry.item.automatic === 'rating_request' ? <RatingRequest message={entry.item} row={row} /> : <MessageCard message={entry.item} row={row} />}
          </div>
        );
    }
  });
}

/** Chooses a message that is to be split off. */
function Pick({ message, row, splitting }: { message: MessageItem; row: Conversation; splitting: Splitting }) {
  const { t } = useTranslation();
  const format = useFormat();
  const agentName = useAgentName();
  const name = message.direction === 'outbound' ? (message.agent_id ? agentName(message.agent_id) : t('actor.system')) : contactName(message.author ?? row.contact);
  return (
    <Checkbox
      className={classes.pick}
      checked={splitting.chosen?.has(message.id) ?? false}
      onChange={() => splitting.toggle(message)}
      aria-label={t('split.pick', { name, time: format.absolute(message.at) })}
    />
  );
}

/** Up to where the reader had seen the conversation when it was opened; it stays while they read on. */
function useSeenAtFirst(seen: number | undefined): number | undefined {
  const [first, setFirst] = useState(seen);
  if (first === undefined && seen !== undefined) setFirst(seen);
  return first;
}

/** What others have said since the end was last on screen. */
function useNews(items: readonly TimelineItem[], atEnd: boolean, me: string): TimelineItem[] {
  const newest = items.at(-1);
  const [known, setKnown] = useState<string>();
  if (newest && (atEnd || known === undefined) && known !== itemKey(newest)) setKnown(itemKey(newest));
  return useMemo(() => (atEnd ? [] : newsBehind(items, known, me)), [items, atEnd, known, me]);
}

/** Goes to the message that the address names, through older pages if need be. Gives its id. */
function useLinked(scroller: RefObject<HTMLDivElement | null>, query: UseInfiniteQueryResult, items: readonly TimelineItem[], goTo: (element: Element) => void): string | undefined {
  const { t } = useTranslation();
  const wanted = messageIn(useLocation({ select: ({ hash }) => hash }));
  const [reached, setReached] = useState<string>();
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, data } = query;
  const loaded = items.some((item) => item.kind === 'message' && item.id === wanted);
  useLayoutEffect(() => {
    if (!wanted || wanted === reached || !data) return;
    const element = loaded ? scroller.current?.querySelector<HTMLElement>(`[data-stop="${wanted}"]`) : null;
    if (element) {
      setReached(wanted);
      goTo(element);
      element.focus({ preventScroll: true });
    } else if (!hasNextPage) {
      setReached(wanted);
      notifications.show({ message: t('conversation.messageGone') });
    } else if (!isFetchingNextPage && !isFetchNextPageError) {
      void fetchNextPage();
    }
  }, [wanted, reached, data, loaded, scroller, goTo, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, t]);
  return wanted;
}

/** Once the newest news have been on screen the conversation is read, until there are others or it is marked as unread. */
function useSeenWhileShown(scroller: RefObject<HTMLDivElement | null>, row: Conversation, items: readonly TimelineItem[], seen: number): void {
  const { see } = useReadState();
  const newest = newestNews(items)?.sequence;
  const latest = useRef({ row, seen });
  useLayoutEffect(() => {
    latest.current = { row, seen };
  });
  useEffect(() => {
    const mark = [...(scroller.current?.querySelectorAll('[data-stop]') ?? [])].at(-1);
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
