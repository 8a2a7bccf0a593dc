import { useDebouncedCallback } from '@mantine/hooks';
import { IconInbox } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, type UseInfiniteQueryResult, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useMatch, useNavigate, useParams } from '@tanstack/react-router';
import { type KeyboardEvent, lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { PageTitle } from '@/app/PageTitle';
import { useOffer } from '@/app/paletteActions';
import { LIST } from '@/app/panels';
import { useKeys } from '@/app/shortcuts';
import { Splitter } from '@/app/Splitter';
import { beginWriting } from '@/compose/wishes';
import { conversationOptions, listed, sessionOptions } from '@/conversation/queries';
import { type Step, useBulk } from './bulk';
import { ConversationList } from './ConversationList';
import classes from './InboxPage.module.css';
import { ListHeader, SEARCH_ID } from './ListHeader';
import { listOptions, openAt } from './queries';
import { useReadState } from './readState';
import { type Pages, START } from './rows';
import type { InboxSearch } from './search';
import { extend, keep, NOTHING, type Selection, selectAll, selectedRows, toggle } from './selection';
import { QueueLine, ServeNextButton, useServeNext, useUnfinished } from './serveNext';
import { useCursor } from './useCursor';

const readConversationView = () => import('@/conversation/ConversationView');
const ConversationView = lazy(async () => ({ default: (await readConversationView()).ConversationView }));
const ComposePage = lazy(() => import('@/compose/ComposePage'));
const BulkBar = lazy(() => import('./BulkBar'));
const RowMenu = lazy(() => import('./RowMenu'));

/** After a key that was held down, this long until what it stopped at is opened. */
const GO_ON_MS = 150;

const route = getRouteApi('/app/inbox');

/** The list beside the open conversation; on a narrow screen one of the two. */
export function InboxPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const { conversationId } = useParams({ strict: false });
  const composing = useMatch({ from: '/app/inbox/new', shouldThrow: false }) !== undefined;
  const navigate = useNavigate();
  const { serve, serving } = useServeNext();
  const unfinished = useUnfinished(conversationId);
  const open = useCallback(
    (id: string | undefined, replace = false) =>
      void (id
        ? navigate({ to: '/inbox/$conversationId', params: { conversationId: id }, search: (old) => old, replace })
        : navigate({ to: '/inbox', search: (old) => old })),
    [navigate],
  );
  const filter = useCallback(
    (next: InboxSearch) =>
      void navigate({
        to: conversationId ? '/inbox/$conversationId' : '/inbox',
        params: { conversationId: conversationId ?? '' },
        search: next,
        replace: true,
      }),
    [navigate, conversationId],
  );
  useOffer(useMemo(() => [{ id: 'serve', label: t('serve.button'), keys: unfinished ? undefined : 'Space', first: true, run: serve }], [t, unfinished, serve]));
  // In one that is unfinished the space bar scrolls, as everywhere.
  useKeys({
    ...(unfinished ? {} : { Space: serve }),
    ...(conversationId
      ? {
          Escape: () => open(undefined),
          // Until its composer is there, which has these keys as well.
          r: () => beginWriting(conversationId, 'reply'),
          n: () => beginWriting(conversationId, 'note'),
        }
      : {}),
  });

  // The list comes first; what opens a conversation is there by the time that one is chosen.
  useEffect(() => void readConversationView(), []);

  return (
    <div className={classes.page} data-open={conversationId !== undefined || composing}>
      <section id="list-panel" className={classes.list} aria-labelledby="list-title">
        <ListHeader search={search} onChange={filter} onServe={serve} serving={serving} byKey={!unfinished} />
        <Lists search={search} onSearch={filter} openId={conversationId} open={open} />
        <Splitter panel={LIST} controls="list-panel" label={t('panel.list')} />
      </section>
      <Suspense fallback={<section />}>
        {composing ? (
          <ComposePage />
        ) : conversationId ? (
          <ConversationView key={conversationId} id={conversationId} onBack={() => open(undefined)} onServe={serve} serving={serving} />
        ) : (
          <NothingOpen onServe={serve} serving={serving} />
        )}
      </Suspense>
    </div>
  );
}

interface ListProps {
  query: UseInfiniteQueryResult<Pages>;
  search: InboxSearch;
  onSearch: (next: InboxSearch) => void;
  openId: string | undefined;
  open: Open;
}

/** `replace`: the one that is open goes from the browser's history. */
type Open = (id: string, replace?: boolean) => void;

/** The list that was asked for; until it is there, the one before stays, with its cursor and its place. */
function Lists({ search, ...props }: Omit<ListProps, 'query'>) {
  const query = useInfiniteQuery({ ...listOptions(search), placeholderData: keepPreviousData });
  const shown = useRef(search);
  if (!query.isPlaceholderData) shown.current = search;
  return <List key={JSON.stringify(shown.current)} query={query} search={shown.current} {...props} />;
}

/** One list with its keys, its selection, and what is done to the selected rows. */
function List({ query, search, onSearch, openId, open }: ListProps) {
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const cursor = useCursor(rows, openId);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [menu, setMenu] = useState<{ row: Conversation; at: { x: number; y: number }; opened: boolean }>();
  const selected = selectedRows(selection, rows);
  const { progress, run, letGo } = useBulk();
  const step = (next: Step, over: readonly Conversation[] = selected) =>
    void run(over, next).then((refused) => setSelection((before) => keep(before, new Set(refused.map(({ row }) => row.id)))));

  const latest = useRef(rows);
  latest.current = rows;
  const onSelect = useCallback(
    (row: Conversation, range: boolean) => setSelection((before) => (range ? extend(before, latest.current, row.id) : toggle(before, row))),
    [],
  );
  const onMenu = useCallback((row: Conversation, at: { x: number; y: number }) => setMenu({ row, at, opened: true }), []);
  const goOn = useGoOn(openId, open);
  const moves = useListMoves({ query, rows, search, cursor, goOn, setSelection });
  useListKeys({ openId, open, cursor, moves, onSelect, step });
  useFocusBack(openId, rows, cursor);

  return (
    <div className={classes.rows}>
      <ConversationList
        query={query}
        search={search}
        onSearch={onSearch}
        openId={openId}
        cursorId={cursor.id}
        keyMoves={cursor.moves}
        selected={selection.rows}
        onSelect={onSelect}
        onMenu={onMenu}
        onFocusRow={cursor.follow}
        onKeyDown={moves.onKeyDown}
      />
      <Suspense>
        {selected.length > 0 || progress ? (
          <BulkBar
            rows={selected}
            progress={progress}
            onStep={step}
            onClear={() => setSelection(NOTHING)}
            onAll={() => setSelection((before) => selectAll(before, rows))}
            onUnderstood={letGo}
          />
        ) : null}
        {menu ? (
          <RowMenu
            rows={selection.rows.has(menu.row.id) ? selected : [menu.row]}
            at={menu.at}
            opened={menu.opened}
            onStep={step}
            onSelect={(row) => onSelect(row, false)}
            onClose={() => setMenu({ ...menu, opened: false })}
          />
        ) : null}
      </Suspense>
    </div>
  );
}

type Cursor = ReturnType<typeof useCursor>;

type GoOn = (row: Conversation | undefined, held?: boolean) => void;

/** Where a conversation is open, what a key moves to is opened; while it is held down, only what it stops at. */
function useGoOn(openId: string | undefined, open: Open): GoOn {
  const later = useDebouncedCallback((id: string) => open(id, true), GO_ON_MS);
  return (row, held) => {
    later.cancel();
    if (!openId || !row || row.id === openId) return;
    if (held) later(row.id);
    else open(row.id, true);
  };
}

interface MovesProps {
  query: { hasPreviousPage: boolean };
  rows: readonly Conversation[];
  search: InboxSearch;
  cursor: Cursor;
  goOn: GoOn;
  setSelection: (change: (before: Selection) => Selection) => void;
}

/** Moving through the list, and selecting while moving. */
function useListMoves({ query, rows, search, cursor, goOn, setSelection }: MovesProps) {
  const client = useQueryClient();
  const moveBy = (by: number) => (held?: boolean) => goOn(cursor.move(by), held);
  const moveTo = (row: Conversation | undefined) => {
    cursor.moveTo(row);
    goOn(row);
  };
  const toStart = async () => {
    if (query.hasPreviousPage) await openAt(client, search, START).catch(() => undefined); // then the first that is loaded
    moveTo(client.getQueryData(listOptions(search).queryKey)?.pages[0]?.items[0] ?? rows[0]);
  };
  const letters = { j: moveBy(1), k: moveBy(-1) };
  const keys: Record<string, (held?: boolean) => void> = {
    ArrowDown: moveBy(1),
    ArrowUp: moveBy(-1),
    Home: () => void toStart(),
    End: () => moveTo(rows.at(-1)),
  };
  const extendTo = (by: number) => {
    const from = cursor.row;
    const to = cursor.move(by);
    if (!to) return;
    setSelection((before) => extend(before.anchor === undefined && from ? toggle(before, from) : before, rows, to.id));
  };
  /** Keys that belong to the list while the focus is in it. */
  const onKeyDown = (event: KeyboardEvent) => {
    const modified = event.metaKey || event.ctrlKey || event.altKey;
    if (event.shiftKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      extendTo(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.shiftKey && !modified && event.key.toLowerCase() === 'x') {
      event.preventDefault();
      const { row } = cursor;
      if (row) setSelection((before) => extend(before, rows, row.id));
    } else if (!modified && !event.shiftKey && keys[event.key]) {
      event.preventDefault();
      keys[event.key]?.(event.repeat);
    }
  };
  return { letters, keys, onKeyDown };
}

interface KeysProps {
  openId: string | undefined;
  open: Open;
  cursor: Cursor;
  moves: ReturnType<typeof useListMoves>;
  onSelect: (row: Conversation, range: boolean) => void;
  step: (step: Step, rows: readonly Conversation[]) => void;
}

/** The single keys, wherever the focus is. */
function useListKeys({ openId, open, cursor, moves, onSelect, step }: KeysProps): void {
  const client = useQueryClient();
  const { toggle: toggleUnread } = useReadState();
  // The open conversation may be none of this list.
  const opened = () => (openId ? (client.getQueryData(conversationOptions(openId).queryKey) ?? listed(client, openId)) : undefined);
  const me = () => client.getQueryData(sessionOptions.queryKey)?.id ?? '';
  const toggleFollow = (row: Conversation) => step({ name: row.followers.includes(me()) ? 'unfollow' : 'follow', agent_id: me() }, [row]);
  const at = (row: Conversation | undefined, act: (row: Conversation) => void) => {
    if (row) act(row);
  };
  useKeys({
    ...moves.letters,
    Enter: () => at(cursor.row, (row) => open(row.id)),
    // As all commands: to the one that is open, if one is.
    u: () => at(openId ? opened() : cursor.row, toggleUnread),
    f: () => at(openId ? opened() : cursor.row, toggleFollow),
    x: () => at(cursor.row ?? opened(), (row) => onSelect(row, false)),
    '/': () => document.getElementById(SEARCH_ID)?.focus(),
    // A thread that has the focus is scrolled by these.
    ...(openId ? {} : moves.keys),
  });
}

/** On a narrow screen, coming back from a conversation leads to its row. */
function useFocusBack(openId: string | undefined, rows: readonly Conversation[], cursor: Cursor): void {
  const before = useRef(openId);
  useEffect(() => {
    const left = before.current;
    before.current = openId;
    if (openId || !left || !matchMedia('(width < 900px)').matches) return;
    const row = rows.find((each) => each.id === left);
    if (row) cursor.moveTo(row);
  });
}

function NothingOpen({ onServe, serving }: { onServe: () => void; serving: boolean }) {
  const { t } = useTranslation();
  return (
    <section className={classes.nothing} aria-label={t('serve.button')}>
      <PageTitle>{t('nav.inbox')}</PageTitle>
      <IconInbox size={38} stroke={1.2} aria-hidden className={classes.icon} />
      <h2 className={classes.title}>{t('serve.title')}</h2>
      <p className={classes.text}>{t('serve.text')}</p>
      <ServeNextButton onServe={onServe} busy={serving} />
      <QueueLine />
    </section>
  );
}
