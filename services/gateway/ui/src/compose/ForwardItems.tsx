import { Menu } from '@mantine/core';
import { IconArrowForwardUp, IconMailForward } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem } from '@/api/types';
import { sessionOptions } from '@/conversation/queries';
import { beginForward, wish } from './wishes';

/** The ways to pass a mail on, for the menu of a message. Only a received mail can be redirected. */
export function ForwardItems({ message, row }: { message: MessageItem; row: Conversation }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  if (row.channel !== 'email' || message.scheduled_at) return null;
  return (
    <>
      <Menu.Item leftSection={<IconArrowForwardUp size={15} stroke={1.6} />} onClick={() => beginForward(me?.id ?? '', row.id, message.id)}>
        {t('forward.begin')}
      </Menu.Item>
      {message.raw_url && message.direction === 'inbound' ? (
        <Menu.Item leftSection={<IconMailForward size={15} stroke={1.6} />} onClick={() => wish({ kind: 'redirect', conversation: row.id, message })}>
          {t('forward.redirect')}
        </Menu.Item>
      ) : null}
    </>
  );
}
