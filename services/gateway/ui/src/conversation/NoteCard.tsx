import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { NoteItem } from '@/api/types';
import { useFormat } from '@/app/format';
import { useAgentName } from '@/app/people';
import classes from './NoteCard.module.css';

/** An internal note: never seen by the customer, and it looks like that. */
export function NoteCard({ note }: { note: NoteItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const agentName = useAgentName();
  return (
    <article className={classes.note} aria-label={t('note.by', { name: agentName(note.agent_id) })}>
      <div className={classes.head}>
        <IconLock size={14} stroke={1.9} aria-hidden />
        <strong>{t('note.by', { name: agentName(note.agent_id) })}</strong>
        <time dateTime={note.at} title={format.absolute(note.at)}>
          {format.time(note.at)}
        </time>
      </div>
      <div className={classes.text}>{note.text}</div>
    </article>
  );
}
