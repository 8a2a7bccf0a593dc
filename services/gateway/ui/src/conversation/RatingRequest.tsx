import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem } from '@/api/types';
import { useFormat } from '@/app/format';
import { contactName } from '@/app/people';
import { Delivery } from './Delivery';
import { MessageCard } from './MessageCard';
import classes from './SystemLine.module.css';

/** That the customer was asked how it was: a quiet line; the message itself only for who wants to see it. */
export function RatingRequest({ message, row }: { message: MessageItem; row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  return (
    <>
      <p className={`${classes.line} ${classes.parts}`}>
        {t('event.ratingRequested', { name: contactName(message.to[0] ?? row.contact) })}
        <time dateTime={message.at} title={format.absolute(message.at)}>
          {format.time(message.at)}
        </time>
        {message.delivery ? <Delivery state={message.delivery} reason={message.delivery_reason} /> : null}
        <UnstyledButton className={classes.show} aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? 'conversation.hideRequest' : 'conversation.showRequest')}
        </UnstyledButton>
      </p>
      {open ? <MessageCard message={message} row={row} /> : null}
    </>
  );
}
