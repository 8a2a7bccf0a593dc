import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { change } from '@/api/client';
import type { Served } from '@/api/types';
import { Caps } from '@/app/Caps';
import { useFormat } from '@/app/format';
import { problemText } from '@/app/problems';
import { queueOptions } from './queries';
import classes from './serveNext.module.css';

/** Why a conversation is on this screen: seconds its customer had waited when it was served. */
export function servedKey(id: string) {
  return ['served', id] as const;
}

/** Ask for the one conversation that is next. It is not sent again by itself: every answer gives one away. */
export function useServeNext() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => change<Served>('POST', '/serve-next'),
    onSuccess: async ({ conversation_id: id, waited_seconds: waited, waiting }) => {
      client.setQueryData(queueOptions.queryKey, (queue) => queue && { ...queue, waiting });
      if (id === null) {
        notifications.show({ message: t('serve.nothing'), autoClose: 4000 });
        return;
      }
      client.setQueryData(servedKey(id), waited ?? 0);
      await navigate({ to: '/inbox/$conversationId', params: { conversationId: id }, search: (old) => old });
    },
    onError: (error) => notifications.show({ color: 'red', title: t('failed.serve'), message: problemText(t, error) }),
  });
}

export function ServeNextButton({ compact = false, onServe, busy }: { compact?: boolean; onServe: () => void; busy: boolean }) {
  const { t } = useTranslation();
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
