/** Choosing messages that get a conversation of their own. */
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { problemText } from '@/app/problems';
import { showDone } from '@/app/toasts';
import { splitOff } from './commands';

export interface Splitting {
  /** The chosen messages; null while nothing is being chosen. */
  chosen: ReadonlySet<string> | null;
  busy: boolean;
  start: () => void;
  stop: () => void;
  toggle: (messageId: string) => void;
  /** Move them; a refusal is told, and what was chosen stays chosen. */
  submit: () => Promise<void>;
}

export function useSplitting(row: Conversation | undefined): Splitting {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const [busy, setBusy] = useState(false);
  return useMemo(() => {
    const submit = async () => {
      if (!row || !chosen || chosen.size === 0) return;
      setBusy(true);
      try {
        const { id, number } = await splitOff(client, row, [...chosen]);
        setChosen(null);
        const open = () => void navigate({ to: '/inbox/$conversationId', params: { conversationId: id }, search: (old) => old });
        showDone(t('done.split', { count: chosen.size, number }), t('action.open'), open);
      } catch (error) {
        notifications.show({ color: 'red', title: t('failed.split'), message: problemText(t, error), autoClose: 10_000 });
      } finally {
        setBusy(false);
      }
    };
    return {
      chosen,
      busy,
      start: () => setChosen(new Set()),
      stop: () => setChosen(null),
      toggle: (id) => setChosen((before) => (before?.has(id) ? new Set([...before].filter((each) => each !== id)) : new Set([...(before ?? []), id]))),
      submit,
    };
  }, [row, chosen, busy, client, navigate, t]);
}
