import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { change } from '@/api/client';
import type { Conversation, Served } from '@/api/types';
import { Caps } from '@/app/Caps';
import { useFormat } from '@/app/format';
import { useSetPresence } from '@/app/Me';
import { reasonText } from '@/app/presence';
import { problemText } from '@/app/problems';
import { useKeys } from '@/app/shortcuts';
import { showDone } from '@/app/toasts';
import { conversationOptions, presenceOptions, sessionOptions, spread } from '@/conversation/queries';
import { queueOptions } from './queries';
import classes from './serveNext.module.css';

/** Why a conversation is on this screen: seconds that its customer had waited when it was served, and when that was. */
export interface ServedHere {
  waited: number;
  at: number;
}

export function servedKey(id: string) {
  return ['served', id] as const;
}

const SERVE_KEY = ['serve-next'] as const;

/**
 * Ask for the one conversation that is next. It is not sent again by itself, and not while an answer is awaited: every
 * answer gives one away.
 */
export function useServeNext() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const setPresence = useSetPresence();
  const { mutate, isPending } = useMutation({
    mutationKey: SERVE_KEY,
    mutationFn: () => change<Served>('POST', '/serve-next'),
    onSuccess: async ({ conversation_id: id, waited_seconds: waited, waiting }) => {
      client.setQueryData(queueOptions.queryKey, (queue) => queue && { ...queue, waiting });
      if (id === null) {
        notifications.show({ message: t('serve.nothing'), autoClose: 4000 });
        return;
      }
      client.setQueryData<ServedHere>(servedKey(id), { waited: waited ?? 0, at: Date.now() });
      const known = client.getQueryData(conversationOptions(id).queryKey);
      const me = client.getQueryData(sessionOptions.queryKey);
      if (known && me) spread(client, { ...known, assignee: me.id });
      const mine = client.getQueryData(presenceOptions.queryKey)?.find((each) => each.agent_id === me?.id);
      // A pause ends only when its agent says so; whoever goes on working may have forgotten it.
      if (mine?.presence === 'paused') showDone(mine.reason ? t('serve.pausedFor', { reason: reasonText(t, mine.reason) }) : t('serve.paused'), t('serve.resume'), () => setPresence({ presence: 'online' }));
      await navigate({ to: '/inbox/$conversationId', params: { conversationId: id }, search: (old) => old });
    },
    onError: (error) => notifications.show({ color: 'red', title: t('failed.serve'), message: problemText(t, error) }),
  });
  const serve = useCallback(() => {
    if (client.isMutating({ mutationKey: SERVE_KEY }) === 0) mutate();
  }, [client, mutate]);
  return { serve, serving: isPending };
}

/** Whether this agent has to do with it still: it is nobody else's, and neither closed nor put off. */
export function isUnfinished(row: Conversation, me: string): boolean {
  return row.status === 'open' && (row.assignee === null || row.assignee === me);
}

/** Whether the conversation on screen is unfinished; one that is not known yet is. */
export function useUnfinished(id: string | undefined): boolean {
  const { data: me } = useQuery(sessionOptions);
  const { data, isPending } = useQuery({ ...conversationOptions(id ?? ''), enabled: id !== undefined, select: (row) => isUnfinished(row, me?.id ?? '') });
  return id !== undefined && (isPending || data === true);
}

export function ServeNextButton({ compact = false, onServe, busy }: { compact?: boolean; onServe: () => void; busy: boolean }) {
  const { t } = useTranslation();
  useKeys({ Space: onServe });
  return (
    <Button size={compact ? 'sm' : 'lg'} loading={busy} onClick={onServe} rightSection={<span className={classes.key}><Caps keys="Space" /></span>}>
      {t('serve.button')}
    </Button>
  );
}

/** What waits, and since when: the line under the button. */
export function QueueLine() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(queueOptions);
  if (!data) return <p className={classes.line}>&nbsp;</p>;
  return (
    <p className={classes.line}>
      {t('serve.waiting', { count: data.waiting })}
      {data.longest_wait_seconds !== null && data.waiting > 0 ? ` · ${t('serve.longest', { time: format.duration(data.longest_wait_seconds) })}` : ''}
    </p>
  );
}
