/** What else there is of this customer: all their conversations, and what the team has noted in them. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { useFormat } from '@/app/format';
import { ChannelIcon, useAgentName } from '@/app/people';
import { ErrorState } from '@/app/states';
import { useNow } from '@/app/useNow';
import { StatusWord } from '@/conversation/StatusWord';
import classes from './History.module.css';
import { Section } from './Section';
import { conversationsOptions, notesOptions, useFreshHistory } from './queries';

/** All other conversations of the customer over all channels, the newest first. */
export function Conversations({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(conversationsOptions(row));
  useFreshHistory(row);
  const others = data?.items.filter((each) => each.id !== row.id && each.merged_into === null);
  const more = Boolean(data?.next);
  return (
    <Section name="conversations" title={t('customer.conversations')} count={more ? `${others?.length}+` : others?.length}>
      {error && !data ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {others?.length === 0 ? <p className={classes.none}>{t('customer.noConversations')}</p> : null}
      {others?.length ? (
        <ul className={classes.list}>
          {others.map((each) => (
            <li key={each.id}>
              <Other row={each} />
            </li>
          ))}
        </ul>
      ) : null}
      {more && row.customer_id ? (
        <Button
          renderRoot={(props) => <Link to="/inbox" search={{ status: 'any', customer: row.customer_id ? [row.customer_id] : [] }} {...props} />}
          variant="subtle"
          size="compact-xs"
        >
          {t('customer.allConversations')}
        </Button>
      ) : null}
    </Section>
  );
}

function Other({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return (
    <Link to="/inbox/$conversationId" params={{ conversationId: row.id }} search={(old) => old} className={classes.row}>
      <span className={classes.line}>
        <ChannelIcon channel={row.channel} />
        <strong dir="auto" className="n-clip">{row.subject || row.preview || t('list.noSubject')}</strong>
        <time dateTime={row.last_message_at} title={format.absolute(row.last_message_at)}>
          {format.relative(row.last_message_at, now, t('time.now'))}
        </time>
      </span>
      <span className={classes.line}>
        <span className={classes.dim}>#{row.number}</span>
        <StatusWord row={row} short />
        <span className={classes.dim}>{t('list.messages', { count: row.message_count })}</span>
      </span>
    </Link>
  );
}

/** What colleagues have noted in any conversation of the customer. */
export function Notes({ customerId }: { customerId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const agentName = useAgentName();
  const { data, error, refetch } = useQuery(notesOptions(customerId));
  return (
    <Section name="notes" title={t('customer.notes')} count={data?.length}>
      {error && !data ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {data?.length === 0 ? <p className={classes.none}>{t('customer.noNotes')}</p> : null}
      {data?.length ? (
        <ul className={classes.list}>
          {data.map((note) => (
            <li key={note.id} className={classes.note}>
              <p dir="auto">{note.text}</p>
              <span className={classes.line}>
                <span className="n-clip">{agentName(note.agent_id)}</span>
                <Link to="/inbox/$conversationId" params={{ conversationId: note.conversation_id }} search={(old) => old}>
                  #{note.number}
                </Link>
                <time dateTime={note.at} title={format.absolute(note.at)}>
                  {format.relative(note.at, now, t('time.now'))}
                </time>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </Section>
  );
}
