import { IconMoodSad } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, SystemItem } from '@/api/types';
import { useFormat } from '@/app/format';
import { ruleNamesOptions } from '@/settings/queries';
import { agentsOptions, conversationOptions } from './queries';
import { joined, LINK, type Sentence, type Words, wordsOf } from './sentence';
import classes from './SystemLine.module.css';

/** What the same one did within a minute, as one quiet line. Events that this version does not know show nothing. */
export function SystemLines({ lines, row }: { lines: readonly SystemItem[]; row: Conversation }) {
  const format = useFormat();
  const words = useWords(row);
  const sentences = joined(lines, words);
  const [first] = lines;
  if (!first || sentences.length === 0) return null;
  return (
    <p className={classes.line}>
      {sentences.map((each, index) => (
        <Fragment key={index}>
          {index > 0 ? ' · ' : null}
          {each.bad ? <IconMoodSad size={15} stroke={2} className={classes.face} aria-hidden /> : null}
          {each.bad ? <strong className={classes.bad}>{each.text}</strong> : <Linked sentence={each} />}
        </Fragment>
      ))}
      <time dateTime={first.at} title={lines.map((line) => format.absolute(line.at)).filter((each, index, all) => all.indexOf(each) === index).join(', ')}>
        {format.time(first.at)}
      </time>
      {sentences.map(({ quote }, index) => (quote ? <q key={index} className={classes.quote}>{quote}</q> : null))}
    </p>
  );
}

/** How people and rules are called in the sentences of this conversation. */
export function useWords(row: Conversation): Words {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: agents } = useQuery(agentsOptions);
  const { data: rules } = useQuery(ruleNamesOptions);
  return useMemo(() => wordsOf(t, format, row, agents, rules), [t, format, row, agents, rules]);
}

function Linked({ sentence: { text, to } }: { sentence: Sentence }) {
  const [before, after] = text.split(LINK);
  if (!to || after === undefined) return <>{text}</>;
  return (
    <>
      {before}
      <ConversationLink id={to} />
      {after}
    </>
  );
}

/** The number of another conversation, which opens it. */
export function ConversationLink({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: row } = useQuery(conversationOptions(id));
  return (
    <Link to="/inbox/$conversationId" params={{ conversationId: id }} search={(old) => old} title={row?.subject ?? undefined}>
      {row ? `#${row.number}` : t('event.otherConversation')}
    </Link>
  );
}
