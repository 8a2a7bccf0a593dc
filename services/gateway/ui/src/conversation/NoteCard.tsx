import { IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { NoteItem } from '@/api/types';
import { useFormat } from '@/app/format';
import { useAgentName } from '@/app/people';
import { piecesOf } from '@/compose/mentions';
import { Attachments } from './Attachments';
import classes from './NoteCard.module.css';
import { agentsOptions, sessionOptions } from './queries';

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
      {note.text ? <NoteText text={note.text} mentions={note.mentions} /> : null}
      <Attachments items={note.attachments} />
    </article>
  );
}

/** A note's text with the colleagues whom it calls as chips; one's own name stands out. */
export function NoteText({ text, mentions }: { text: string; mentions: readonly string[] }) {
  const { data: agents } = useQuery(agentsOptions);
  const { data: me } = useQuery(sessionOptions);
  const pieces = useMemo(() => piecesOf(text, agents?.filter(({ id }) => mentions.includes(id)) ?? []), [text, agents, mentions]);
  return (
    <div dir="auto" className={classes.text}>
      {pieces.map((piece, index) =>
        piece.agents ? (
          <span key={index} className={classes.mention} data-me={(me && piece.agents.includes(me.id)) || undefined}>
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
    </div>
  );
}
