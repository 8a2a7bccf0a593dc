import { IconArrowBackUp, IconArrowMerge, IconCheck, IconChevronDown, IconChevronsUp, IconChevronUp, IconClock, IconPaperclip, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Priority } from '@/api/types';
import { useFormat } from '@/app/format';
import { ChannelIcon, contactName, Initials, useAgentName } from '@/app/people';
import { useNow } from '@/app/useNow';
import { isAnswered } from '@/conversation/answered';
import { useDraftKeys } from '@/conversation/draftStore';
import { NotDelivered } from '@/conversation/Delivery';
import { LabelChip } from '@/conversation/LabelChip';
import { sessionOptions } from '@/conversation/queries';
import { Rating } from '@/conversation/Rating';
import { isBad } from '@/conversation/badRating';
import { StatusWord } from '@/conversation/StatusWord';
import { Marked } from './Marked';
import classes from './Row.module.css';

export const ROW_HEIGHT = 80;

/** What can be done to a row. Give stable functions: thousands of rows compare them. */
export interface RowEvents {
  /** `range`: everything from the row that was selected last. */
  onSelect: (row: Conversation, range: boolean) => void;
  onMenu: (row: Conversation, at: { x: number; y: number }) => void;
}

interface Props extends RowEvents {
  row: Conversation;
  open: boolean;
  cursor: boolean;
  selected: boolean;
  /** It left this list a moment ago and goes when the pointer does. */
  gone: boolean;
  /** What was searched for. */
  words: readonly string[];
  withStatus: boolean;
  /** Show since when it waits, not when the last message came. */
  byWaiting: boolean;
}

export const Row = memo(function Row({ row, open, cursor, selected, gone, words, withStatus, byWaiting, onSelect, onMenu }: Props) {
  const { t } = useTranslation();
  const agentName = useAgentName();
  const { data: me } = useQuery(sessionOptions);
  const drafted = useDraftKeys().has(row.id);
  const name = contactName(row.contact);
  const subject = row.subject || row.preview || t('list.noSubject');
  const select = (event: MouseEvent) => onSelect(row, event.shiftKey);
  const menu = (event: MouseEvent) => {
    event.preventDefault();
    // By the keyboard there is no place of the pointer: take the row's own.
    const box = event.currentTarget.getBoundingClientRect();
    const byKey = event.clientX === 0 && event.clientY === 0;
    onMenu(row, byKey ? { x: box.left + 32, y: box.top + box.height / 2 } : { x: event.clientX, y: event.clientY });
  };
  return (
    <div className={classes.frame} data-selected={selected} onContextMenu={menu}>
      <button
        type="button"
        role="checkbox"
        aria-checked={selected}
        aria-label={t('list.select', { name, subject })}
        className={classes.select}
        onClick={select}
        onKeyDown={(event) => {
          // The page has a use of its own for the space bar.
          if (event.key !== ' ') return;
          event.preventDefault();
          onSelect(row, event.shiftKey);
        }}
      >
        <span className={classes.box}>{selected ? <IconCheck size={12} stroke={3} aria-hidden /> : null}</span>
      </button>
      <Link
        to="/inbox/$conversationId"
        params={{ conversationId: row.id }}
        search={(old) => old}
        className={classes.row}
        data-row={row.id}
        data-open={open}
        data-cursor={cursor}
        data-unread={row.unread}
        data-gone={gone}
        aria-current={open ? 'true' : undefined}
        draggable={false}
        onClick={(event) => {
          // Where rows are being selected, a click with Shift goes on with that; Mod opens a tab as everywhere.
          if (!event.shiftKey) return;
          event.preventDefault();
          onSelect(row, true);
        }}
      >
        <span className={classes.line}>
          {row.unread ? <span className={classes.dot} role="img" aria-label={t('list.unread')} /> : null}
          {row.unread && me && row.mentioned.includes(me.id) ? (
            <span className={classes.mention} role="img" aria-label={t('list.mentioned')} title={t('list.mentioned')}>
              @
            </span>
          ) : null}
          <span dir="auto" className={`${classes.name} n-clip`}>
            <Marked text={name} words={words} />
          </span>
          {row.message_count > 1 ? <span className={classes.count} title={t('list.messages', { count: row.message_count })}>{row.message_count}</span> : null}
          <span className={classes.space} />
          {row.rating !== null && isBad(row.rating) ? <Rating score={row.rating} short /> : null}
          {withStatus ? (
            <span className={classes.status}>
              <StatusWord row={row} short />
            </span>
          ) : null}
          <When row={row} byWaiting={byWaiting} wakes={!withStatus} />
        </span>
        <span className={`${classes.line} ${classes.subjectLine}`}>
          <PriorityMark priority={row.priority} />
          <span dir="auto" className={`${classes.subject} n-clip`}>
            <Marked text={subject} words={words} />
          </span>
        </span>
        <span className={classes.line}>
          <ChannelIcon channel={row.channel} />
          {row.undelivered ? <NotDelivered /> : null}
          {row.attachment_count > 0 ? <IconPaperclip size={13} className={classes.clip} aria-label={t('list.attachments', { count: row.attachment_count })} role="img" /> : null}
          {drafted ? <IconPencil size={14} className={classes.clip} aria-label={t('list.draft')} role="img" /> : null}
          {row.merged_into ? <IconArrowMerge size={14} className={classes.clip} aria-label={t('list.merged')} role="img" /> : null}
          {isAnswered(row) ? <IconArrowBackUp size={14} className={classes.clip} aria-label={t('conversation.answered')} role="img" /> : null}
          <span dir="auto" className={`${classes.preview} n-clip`}>{row.subject ? <Marked text={row.preview} words={words} /> : null}</span>
          {row.labels.slice(0, 2).map((label) => (
            <span key={label} className={classes.label}>
              <LabelChip name={label} />
            </span>
          ))}
          {row.labels.length > 2 ? (
            <span className={classes.moreLabels} title={row.labels.slice(2).join(', ')} aria-label={t('list.moreLabels', { count: row.labels.length - 2 })} role="img">
              +{row.labels.length - 2}
            </span>
          ) : null}
          {row.assignee ? <Initials name={agentName(row.assignee)} seed={row.assignee} size={18} title={t('list.assignedTo', { name: agentName(row.assignee) })} /> : null}
        </span>
      </Link>
    </div>
  );
});

const MARKS = { urgent: IconChevronsUp, high: IconChevronUp, low: IconChevronDown } as const;

/** A shape for what is not normal. */
export function PriorityMark({ priority }: { priority: Priority }) {
  const { t } = useTranslation();
  if (priority === 'normal') return null;
  const Mark = MARKS[priority];
  return <Mark size={15} stroke={2.4} className={classes.priority} data-priority={priority} role="img" aria-label={t('list.priority', { name: t(`priority.${priority}`) })} />;
}

/** `wakes`: of a snoozed one show until when, which says as well that it is snoozed. */
function When({ row, byWaiting, wakes }: { row: Conversation; byWaiting: boolean; wakes: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  if (wakes && row.status === 'snoozed' && row.snoozed_until) {
    return (
      <time className={classes.time} dateTime={row.snoozed_until} title={t('list.snoozedUntil', { time: format.absolute(row.snoozed_until) })}>
        <IconClock size={12} aria-hidden /> {format.soon(row.snoozed_until)}
      </time>
    );
  }
  if (byWaiting && row.waiting_since) {
    const seconds = (now.getTime() - new Date(row.waiting_since).getTime()) / 1000;
    return (
      <time className={classes.time} dateTime={row.waiting_since} title={t('list.waitingSince', { time: format.absolute(row.waiting_since) })}>
        {format.duration(seconds)}
      </time>
    );
  }
  return (
    <time className={classes.time} dateTime={row.last_message_at} title={format.absolute(row.last_message_at)}>
      {format.relative(row.last_message_at, now, t('time.now'))}
    </time>
  );
}
