/** Who else is in this conversation, and what crosses with an answer that is being written. */
import { IconAlertTriangle, IconPencil } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem } from '@/api/types';
import { useFormat } from '@/app/format';
import { Initials, useAgentName } from '@/app/people';
import { useHere, useShowing } from '@/personal/here';
import { answerSince, useCrossing, useWarned } from './crossing';
import classes from './Here.module.css';
import { sessionOptions, timelineOptions } from './queries';
import { itemsOf } from './timeline';

const CrossingDialog = lazy(() => import('./CrossingDialog'));

/** "Ola is viewing", "Ola is typing…", with their initials. */
export function HereLine({ id }: { id: string }) {
  const { t } = useTranslation();
  const nameOf = useAgentName();
  const names = useNames();
  useShowing(id);
  const others = useHere(id);
  const typing = others.filter((each) => each.typing);
  return (
    <span role="status" className={classes.here} data-typing={typing.length > 0}>
      {others.length > 0 ? (
        <>
          <span className={classes.faces}>
            {others.slice(0, 4).map((each) => (
              <Initials key={each.agent_id} name={nameOf(each.agent_id)} seed={each.agent_id} size={18} />
            ))}
          </span>
          {typing.length > 0 ? t('here.typing', { ...names(typing) }) : t('here.viewing', { ...names(others) })}
        </>
      ) : null}
    </span>
  );
}

/** Above the composer: somebody else is answering, or has answered since this answer was begun. */
export function CrossingWarning({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const nameOf = useAgentName();
  const names = useNames();
  const { data: me } = useQuery(sessionOptions);
  const { data: timeline } = useInfiniteQuery(timelineOptions(row.id));
  const { since, question } = useCrossing(row.id);
  const typing = useHere(row.id).filter((each) => each.typing);
  const answer = timeline && me ? answerSince(itemsOf(timeline), since, me.id) : null;
  useWarned(row.id, answer !== null);
  return (
    <div role="status" className={classes.warnings}>
      {typing.length > 0 ? (
        <p className={classes.warning} data-strong={since !== undefined || undefined}>
          <IconPencil size={15} stroke={1.7} aria-hidden />
          {t('here.writing', { ...names(typing) })}
        </p>
      ) : null}
      {answer ? <Answered answer={answer} /> : null}
      <Suspense>{answer && question ? <CrossingDialog name={nameOf(answer.agent_id)} onAnswer={question.answer} /> : null}</Suspense>
    </div>
  );
}

function Answered({ answer }: { answer: MessageItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useAgentName();
  const now = useSeconds();
  const name = nameOf(answer.agent_id);
  const fresh = now.getTime() - Date.parse(answer.at) < 1000;
  return (
    <p className={classes.warning} data-strong>
      <IconAlertTriangle size={15} stroke={1.7} aria-hidden />
      {fresh ? t('here.answeredNow', { name }) : t('here.answered', { name, time: format.ago(answer.at, now) })}
    </p>
  );
}

/** Names as the language lists them, and how many, for the verb. */
function useNames() {
  const { i18n } = useTranslation();
  const nameOf = useAgentName();
  return (agents: readonly { agent_id: string }[]) => ({
    names: new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(agents.map((each) => nameOf(each.agent_id))),
    count: agents.length,
  });
}

/** The time, moving every few seconds: for what has just happened. */
function useSeconds(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 5000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
