/** Choosing messages that get a conversation of their own. */
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem } from '@/api/types';
import { problemText } from '@/app/problems';
import { showDone } from '@/app/toasts';
import { splitOff } from './commands';

export interface Splitting {
  /** The chosen messages by their ids; null while nothing is being chosen. */
  chosen: ReadonlyMap<string, MessageItem> | null;
  /** Why these cannot be moved; null when they can. */
  lacks: Lack | null;
  busy: boolean;
  start: () => void;
  stop: () => void;
  toggle: (message: MessageItem) => void;
  /** Move them; a refusal is told, and what was chosen stays chosen. */
  submit: () => Promise<void>;
}

export type Lack = 'no_customer' | 'nothing_left';

/** What the server would refuse: a conversation needs a customer, and a message that stays. */
export function lackOf(chosen: ReadonlyMap<string, MessageItem>, row: Conversation): Lack | null {
  if (![...chosen.values()].some((message) => message.direction === 'inbound')) return 'no_customer';
  return chosen.size >= row.message_count ? 'nothing_left' : null;
}

export function useSplitting(row: Conversation | undefined): Splitting {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ReadonlyMap<string, MessageItem> | null>(null);
  const [busy, setBusy] = useState(false);
  return useMemo(() => {
    const lacks = row && chosen ? lackOf(chosen, row) : null;
    const submit = async () => {
      if (!row || !chosen || lacks) return;
      setBusy(true);
      try {
        const { id, number } = await splitOff(client, row, [...chosen.keys()]);
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
      lacks,
      busy,
      start: () => setChosen(new Map()),
      stop: () => setChosen(null),
      toggle: (message) =>
        setChosen((before) => {
          const after = new Map(before);
          if (!after.delete(message.id)) after.set(message.id, message);
          return after;
        }),
      submit,
    };
  }, [row, chosen, busy, client, navigate, t]);
}
