import { Button, Skeleton } from '@mantine/core';
import { IconArrowUp, IconMoodSmile, IconSearchOff } from '@tabler/icons-react';
import { type UseInfiniteQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { useFormat } from '@/app/format';
import { EmptyState, ErrorState } from '@/app/states';
import { useDelayed } from '@/app/useDelayed';
import classes from './ConversationList.module.css';
import { wordsOf } from './highlight';
import { openAt, PAGE } from './queries';
import { Row, ROW_HEIGHT, type RowEvents } from './Row';
import { countLoaded, type From, loadedOf, pageAt, type Pages, START } from './rows';
import { everywhere, filtersOf, type InboxSearch, statusOf } from './search';
import { useHold } from './useHold';

type Query = UseInfiniteQueryResult<Pages>;

interface Props extends RowEvents {
  query: Query;
  search: InboxSearch;
  onSearch: (next: InboxSearch) => void;
  openId: string | undefined;
  cursorId: string | undefined;
  /** Counts moves by keyboard: each lets go of what the pointer holds. */
  keyMoves: number;
  selected: ReadonlyMap<string, Conversation>;
  /** Keys that the list has to itself, beside those of the page. */
  onKeyDown: (event: KeyboardEvent) => void;
  onFocusRow: (id: string) => void;
}

/** How far each list was scrolled, for coming back to it. */
const positions = new Map<string, number>();

export function ConversationList(props: Props) {
  const { query, search, onSearch } = props;
  const empty = query.data?.pages.every((page) => page.items.length === 0) ?? true;
  const goesOn = useSearchOn(query, empty);
  if (query.error && empty) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending || goesOn) return <Waiting />;
  return (
    <>
      {query.data?.pages.some((page) => page.incomplete) ? <Incomplete /> : null}
      {search.q?.trim() && !empty ? <Found query={query} /> : null}
      {empty ? <Empty search={search} onSearch={onSearch} more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} /> : <Rows {...props} />}
    </>
  );
}

/** How much a search found: as much as is loaded, and whether it goes on. Nothing is counted for it. */
function Found({ query }: { query: Query }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, hasNextPage, isPlaceholderData } = query;
  const figure = format.number(data ? countLoaded(data) : 0);
  return (
    <p className={classes.found} role="status">
      {isPlaceholderData ? '…' : t(hasNextPage ? 'search.foundMore' : 'search.found', { figure })}
    </p>
  );
}

/** Pages without anything that are turned over before the agent is asked whether to go on. */
const EMPTY_PAGES = 10;

/** A search looks through the list bit by bit, and a bit may hold nothing: go on. Gives whether it does. */
function useSearchOn(query: Query, empty: boolean): boolean {
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const wanted = empty && hasNextPage && !isError && (query.data?.pageParams.at(-1)?.page ?? 0) < EMPTY_PAGES;
  useEffect(() => {
    if (wanted && !isFetching) void fetchNextPage();
  }, [wanted, isFetching, fetchNextPage]);
  return wanted || (empty && query.isFetchingNextPage);
}

function Incomplete() {
  const { t } = useTranslation();
  return (
    <p className={classes.incomplete} role="status">
      {t('search.incomplete')}
    </p>
  );
}

function Rows({ query, search, openId, cursorId, keyMoves, selected, onKeyDown, onFocusRow, onSelect, onMenu }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const loaded = useMemo(() => loadedOf(query.data), [query.data]);
  const { view, handlers, release } = useHold(loaded, keyMoves);
  const words = useMemo(() => wordsOf(search.q), [search.q]);
  const first = query.data?.pageParams[0] ?? START;
  const position = JSON.stringify(search);
  const virtual = useVirtualizer({
    count: first.at + view.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => view.rows[index - first.at]?.id ?? index,
    overscan: 8,
    initialOffset: () => positions.get(position) ?? 0,
  });
  const jump = useWindow(query, search, first, view.rows.length, virtual);
  useAnchor(scroller, virtual, view.rows, first.at);
  useCursorFocus(cursorId, keyMoves, () => {
    const index = view.rows.findIndex((row) => row.id === cursorId);
    if (index >= 0) virtual.scrollToIndex(first.at + index);
  });

  return (
    <div className={classes.frame}>
      {view.news > 0 || first.page > 0 ? (
        <button
          type="button"
          className={classes.news}
          onClick={() => {
            release();
            scroller.current?.scrollTo({ top: 0 });
            if (first.page > 0) jump(START);
          }}
        >
          <IconArrowUp size={14} aria-hidden />
          {view.news > 0 ? t('list.news', { count: view.news }) : t('list.toTop')}
        </button>
      ) : null}
      {/* The rows are links; the list only adds keys to them. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        ref={scroller}
        className={`${classes.scroller} n-scroll`}
        data-keys="own"
        data-stale={query.isPlaceholderData}
        {...handlers}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const focused = event.target.closest<HTMLElement>('li')?.querySelector<HTMLElement>('[data-row]')?.dataset.row;
          if (focused) onFocusRow(focused);
        }}
        onScroll={(event) => {
          const box = event.currentTarget;
          if (box.clientHeight === 0) return; // hidden behind the conversation on a narrow screen
          handlers.onScroll(event);
          positions.set(position, box.scrollTop);
        }}
      >
        <ul
          className={classes.rows}
          style={{ height: virtual.getTotalSize() }}
          aria-label={t('list.label')}
          aria-busy={query.isPlaceholderData}
          data-selecting={selected.size > 0}
        >
          {virtual.getVirtualItems().map(({ index, start, key }) => {
            const row = view.rows[index - first.at];
            return (
              <li
                key={key}
                className={classes.item}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={query.hasNextPage ? -1 : first.at + view.rows.length}
                aria-posinset={index + 1}
              >
                {row ? (
                  <Row
                    row={row}
                    open={row.id === openId}
                    cursor={row.id === cursorId}
                    gone={view.gone.has(row.id)}
                    selected={selected.has(row.id)}
                    words={words}
                    withStatus={statusOf(search) === 'any'}
                    byWaiting={search.sort === 'waiting'}
                    onSelect={onSelect}
                    onMenu={onMenu}
                  />
                ) : (
                  <Bone />
                )}
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

type Virtual = Virtualizer<HTMLDivElement, Element>;
const NEAR = 40;

/** Pages come as their rows come near; far ones are opened directly. Gives the way to open any page. */
function useWindow(query: Query, search: InboxSearch, first: From, count: number, virtual: Virtual): (from: From) => void {
  const client = useQueryClient();
  const { mutate, isPending, isError } = useMutation({ mutationFn: (from: From) => openAt(client, search, from) });
  const visible = virtual.getVirtualItems();
  const top = visible[0]?.index ?? 0;
  const bottom = visible.at(-1)?.index ?? 0;
  const { hasNextPage, hasPreviousPage, isFetching, isPlaceholderData, fetchNextPage, fetchPreviousPage } = query;
  const idle = !isFetching && !isPending && !isPlaceholderData && !query.isError;
  useEffect(() => {
    if (!idle || count === 0) return;
    if (top < first.at - PAGE && !isError) mutate(pageAt(first, top));
    else if (top < first.at + NEAR && hasPreviousPage) void fetchPreviousPage();
    else if (bottom >= first.at + count - NEAR && hasNextPage) void fetchNextPage();
  }, [idle, isError, top, bottom, first, count, hasNextPage, hasPreviousPage, fetchNextPage, fetchPreviousPage, mutate]);
  return mutate;
}

/** What is being read stays where it is when rows before it come, go, or turn out to be more or fewer. */
function useAnchor(scroller: RefObject<HTMLDivElement | null>, virtual: Virtual, rows: readonly Conversation[], before: number): void {
  const anchor = useRef<{ id: string; index: number }>(undefined);
  useLayoutEffect(() => {
    const box = scroller.current;
    const held = anchor.current;
    if (!box || !held || box.scrollTop <= ROW_HEIGHT) return;
    const index = rows.findIndex((row) => row.id === held.id);
    if (index >= 0 && before + index !== held.index) box.scrollTop += (before + index - held.index) * ROW_HEIGHT;
  }, [scroller, rows, before]);
  useEffect(() => {
    const index = virtual.range?.startIndex ?? 0;
    const row = rows[index - before];
    anchor.current = row && { id: row.id, index };
  });
}

/** After a move by key the row is on screen and has the focus, as soon as it is drawn, if that is nowhere else by then. */
function useCursorFocus(cursorId: string | undefined, moves: number, show: () => void): void {
  const moved = useRef(moves);
  const wanted = useRef<string>(undefined);
  useEffect(() => {
    const elsewhere = () => {
      wanted.current = undefined;
    };
    addEventListener('focusin', elsewhere);
    addEventListener('blur', elsewhere); // into the frame of a mail
    return () => {
      removeEventListener('focusin', elsewhere);
      removeEventListener('blur', elsewhere);
    };
  }, []);
  useEffect(() => {
    const isNew = moves !== moved.current;
    moved.current = moves;
    if (isNew) wanted.current = cursorId;
    if (wanted.current === undefined) return;
    const row = document.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    // The rows among which it is may come later than the move.
    if (isNew || !row) show();
    if (!row) return;
    wanted.current = undefined;
    row.focus({ preventScroll: true });
  });
}

function Bone() {
  return (
    <div className={classes.bone} aria-hidden>
      <Skeleton height={11} width="45%" radius="sm" />
      <Skeleton height={11} width="85%" radius="sm" />
      <Skeleton height={9} width="65%" radius="sm" />
    </div>
  );
}

function Waiting() {
  const late = useDelayed(true);
  const { t } = useTranslation();
  return (
    <div className={classes.waiting} aria-busy role="status" aria-label={t('state.loading')}>
      {late ? Array.from({ length: 8 }, (_, index) => <Bone key={index} />) : null}
    </div>
  );
}

interface EmptyProps extends Pick<Props, 'search' | 'onSearch'> {
  /** Look further, where the search has not come to the end of the list. */
  more: (() => void) | undefined;
}

function Empty({ search, onSearch, more }: EmptyProps) {
  const { t } = useTranslation();
  const narrowed = filtersOf(search).length > 0;
  if (!search.q?.trim() && !narrowed) {
    return <EmptyState icon={<IconMoodSmile size={30} stroke={1.4} />} title={t('list.empty')} text={t('list.emptyText')} />;
  }
  return (
    <EmptyState icon={<IconSearchOff size={30} stroke={1.4} />} title={t(search.q ? 'list.noMatch' : 'list.empty')} text={t(search.q ? 'search.hint' : 'list.noMatchText')}>
      {more ? (
        <Button variant="default" size="xs" onClick={more}>
          {t('search.on')}
        </Button>
      ) : null}
      {narrowed ? (
        <Button variant="default" size="xs" onClick={() => onSearch(everywhere(search))}>
          {search.q ? t('search.everywhere') : t('filter.clear')}
        </Button>
      ) : null}
    </EmptyState>
  );
}
