import { IconClock, IconPaperclip } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { useFormat } from '@/app/format';
import { ChannelIcon, contactName, Initials, useAgentName } from '@/app/people';
import { useNow } from '@/app/useNow';
import classes from './Row.module.css';

export const ROW_HEIGHT = 80;

interface Props {
  row: Conversation;
  open: boolean;
  cursor: boolean;
  unread: boolean;
  /** It left this list a moment ago and goes when the pointer does. */
  gone: boolean;
}

export const Row = memo(function Row({ row, open, cursor, unread, gone }: Props) {
  const { t } = useTranslation();
  const agentName = useAgentName();
  return (
    <Link
      to="/inbox/$conversationId"
      params={{ conversationId: row.id }}
      search={(old) => old}
      className={classes.row}
      data-row={row.id}
      data-open={open}
      data-cursor={cursor}
      data-unread={unread}
      data-gone={gone}
      aria-current={open ? 'true' : undefined}
      draggable={false}
    >
      <span className={classes.line}>
        {unread ? <span className={classes.dot} role="img" aria-label={t('list.unread')} /> : null}
        <span className={`${classes.name} n-clip`}>{contactName(row.contact)}</span>
        {row.message_count > 1 ? <span className={classes.count} title={t('list.messages', { count: row.message_count })}>{row.message_count}</span> : null}
        <span className={classes.space} />
        <When row={row} />
      </span>
      <span className={`${classes.subject} n-clip`}>{row.subject || row.preview || t('list.noSubject')}</span>
      <span className={classes.line}>
        <ChannelIcon channel={row.channel} />
        {row.attachment_count > 0 ? <IconPaperclip size={13} className={classes.clip} aria-label={t('list.attachments', { count: row.attachment_count })} role="img" /> : null}
        <span className={`${classes.preview} n-clip`}>{row.subject ? row.preview : ''}</span>
        {row.labels.slice(0, 2).map((label) => (
          <span key={label} className={`${classes.label} n-clip`}>
            {label}
          </span>
        ))}
        {row.labels.length > 2 ? <span className={classes.label}>+{row.labels.length - 2}</span> : null}
        {row.assignee ? <Initials name={agentName(row.assignee)} seed={row.assignee} size={18} title={t('list.assignedTo', { name: agentName(row.assignee) })} /> : null}
      </span>
    </Link>
  );
});

function When({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  if (row.status === 'snoozed' && row.snoozed_until) {
    return (
      <time className={classes.time} dateTime={row.snoozed_until} title={t('list.snoozedUntil', { time: format.absolute(row.snoozed_until) })}>
        <IconClock size={12} aria-hidden /> {format.soon(row.snoozed_until)}
      </time>
    );
  }
  return (
    <time className={classes.time} dateTime={row.last_message_at} title={format.absolute(row.last_message_at)}>
      {format.relative(row.last_message_at, now, t('time.now'))}
    </time>
  );
}
