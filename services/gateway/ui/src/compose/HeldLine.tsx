import { Button } from '@mantine/core';
import { IconClockHour3 } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem } from '@/api/types';
import { type DraftKey, draftKey } from '@/conversation/draft';
import { sessionOptions } from '@/conversation/queries';
import { sendNow, useHeld, withdraw } from './held';
import classes from './HeldLine.module.css';
import { writeAgain } from './wishes';

/** Below a message that has not left yet: when it will, and the way back, where no bar says so. */
export function HeldLine({ message, row }: { message: MessageItem; row: Conversation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: me } = useQuery(sessionOptions);
  const key = draftKeyOf(message, row);
  // The message may come live before its sender hears that it is there: a bar speaks of it all the same.
  const known = useHeld().find((each) => (each.place ? each.place.messageId === message.id : each.key === key));
  const left = useSecondsUntil(known?.until ?? Date.parse(message.scheduled_at ?? ''));
  const [busy, setBusy] = useState(false);
  const place = { conversationId: row.id, messageId: message.id };
  const undo = async () => {
    setBusy(true);
    if (await withdraw(client, t, place, key)) await writeAgain(navigate, key, row.id, row.id);
    setBusy(false);
  };
  return (
    <div className={classes.line}>
      <IconClockHour3 size={14} stroke={1.8} aria-hidden />
      <span>{left === 0 ? t('delivery.sending') : known ? t('held.waits') : t('held.in', { seconds: left })}</span>
      {message.agent_id === me?.id && !known ? (
        <>
          <Button size="compact-xs" variant="default" loading={busy} onClick={() => void undo()}>
            {t('undo')}
          </Button>
          <Button size="compact-xs" variant="subtle" disabled={busy} onClick={() => void sendNow(client, t, place)}>
            {t('held.now')}
          </Button>
        </>
      ) : null}
    </div>
  );
}

/** Where it was written. Where nothing has left yet, it was to be the first mail. */
function draftKeyOf(message: MessageItem, row: Conversation): DraftKey {
  return row.message_count === 0 ? 'new' : draftKey(row.id, message.forwarded ? 'forward' : 'reply');
}

function useSecondsUntil(until: number): number {
  const count = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [left, setLeft] = useState(count);
  useEffect(() => {
    const timer = setInterval(() => setLeft(count()), 500);
    return () => clearInterval(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- counts down to `until`
  }, [until]);
  return left;
}
