import { IconInbox } from '@tabler/icons-react';
import { useInfiniteQuery, keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useParams } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { useKeys } from '@/app/shortcuts';
import { ConversationView } from '@/conversation/ConversationView';
import { ConversationList } from './ConversationList';
import classes from './InboxPage.module.css';
import { ListHeader, SEARCH_ID } from './ListHeader';
import { listOptions } from './queries';
import type { InboxSearch } from './search';
import { QueueLine, ServeNextButton, useServeNext } from './serveNext';
import { toggleUnread } from './unread';

const route = getRouteApi('/app/inbox');

/** The list beside the open conversation; on a narrow screen one of the two. */
export function InboxPage() {
  const search = route.useSearch();
  const { conversationId } = useParams({ strict: false });
  const navigate = useNavigate();
  const list = useInfiniteQuery({ ...listOptions(search), placeholderData: keepPreviousData });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const serve = useServeNext();

  const open = useCallback(
    (id: string | undefined) =>
      void (id
        ? navigate({ to: '/inbox/$conversationId', params: { conversationId: id }, search: (old) => old })
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
  const cursor = useCursor(rows, conversationId, open);
  useFocusBack(conversationId);
  useKeys({ Space: () => serve.mutate(), ...(conversationId ? { Escape: () => open(undefined) } : {}) });

  return (
    <div className={classes.page} data-open={conversationId !== undefined}>
      <section className={classes.list} aria-labelledby="list-title">
        <ListHeader search={search} onChange={filter} onServe={() => serve.mutate()} serving={serve.isPending} />
        <ConversationList
          key={JSON.stringify(search)}
          query={list}
          rows={rows}
          search={search}
          openId={conversationId}
          cursor={cursor.id}
          keyMoves={cursor.moves}
        />
      </section>
      {conversationId ? (
        <ConversationView key={conversationId} id={conversationId} onBack={() => open(undefined)} onServe={() => serve.mutate()} serving={serve.isPending} />
      ) : (
        <NothingOpen onServe={() => serve.mutate()} serving={serve.isPending} />
      )}
    </div>
  );
}

/** On a narrow screen, coming back from a conversation leads to its row. */
function useFocusBack(openId: string | undefined): void {
  const before = useRef(openId);
  useEffect(() => {
    const left = before.current;
    before.current = openId;
    if (openId || !left || !matchMedia('(width < 900px)').matches) return;
    document.querySelector<HTMLElement>(`[data-row="${left}"]`)?.focus({ preventScroll: true });
  }, [openId]);
}

/** Which row the keys act on; it follows the open conversation and is moved by J and K. */
function useCursor(rows: readonly Conversation[], openId: string | undefined, open: (id: string) => void) {
  const [moved, setMoved] = useState<{ id: string; whileOpen: string | undefined }>();
  const [moves, setMoves] = useState(0);
  const id = moved && moved.whileOpen === openId ? moved.id : openId;
  const move = (step: number) => {
    const at = rows.findIndex((row) => row.id === id);
    const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (next) setMoved({ id: next.id, whileOpen: openId });
    setMoves((count) => count + 1);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => id && open(id),
    u: () => {
      const row = rows.find((each) => each.id === id);
      if (row) toggleUnread(row);
    },
    '/': () => document.getElementById(SEARCH_ID)?.focus(),
  });
  return { id, moves };
}

function NothingOpen({ onServe, serving }: { onServe: () => void; serving: boolean }) {
  const { t } = useTranslation();
  return (
    <section className={classes.nothing} aria-label={t('serve.button')}>
      <title>{`${t('nav.inbox')} · Nitka`}</title>
      <IconInbox size={38} stroke={1.2} aria-hidden className={classes.icon} />
      <h2 className={classes.title}>{t('serve.title')}</h2>
      <p className={classes.text}>{t('serve.text')}</p>
      <ServeNextButton onServe={onServe} busy={serving} />
      <QueueLine />
    </section>
  );
}
