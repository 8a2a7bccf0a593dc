import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Conversation, SystemItem } from '@/api/types';
import { type Formatter, useFormat } from '@/app/format';
import { contactName, useAgentName } from '@/app/people';
import classes from './SystemLine.module.css';

/** One quiet line: what happened, by whom, when. An event that this version does not know shows nothing. */
export function SystemLine({ item, row }: { item: SystemItem; row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const agentName = useAgentName();
  const actor = {
    agent: () => agentName(item.actor_id),
    customer: () => contactName(row.contact),
    rule: () => t('actor.rule'),
    system: () => t('actor.system'),
  }[item.actor_kind as 'agent' | 'customer' | 'rule' | 'system']?.() ?? t('actor.system');
  const text = sentence(t, item, actor, agentName, format);
  if (text === null) return null;
  return (
    <p className={classes.line}>
      {text}
      <time dateTime={item.at} title={format.absolute(item.at)}>
        {format.time(item.at)}
      </time>
    </p>
  );
}

type Names = (id: string | null | undefined) => string;

function sentence(t: TFunction, { type, data, actor_id }: SystemItem, actor: string, names: Names, format: Formatter): string | null {
  const fact = (name: string) => (data[name] === null || data[name] === undefined ? '' : String(data[name]));
  switch (type) {
    case 'opened':
      return t('event.opened', { actor });
    case 'assigned':
      return t(`event.${assignment(data, actor_id)}`, { actor, name: names(fact('assignee')), previous: names(fact('previous')) });
    case 'label_added':
      return t('event.labelAdded', { actor, label: fact('label') });
    case 'label_removed':
      return t('event.labelRemoved', { actor, label: fact('label') });
    case 'closed':
      return t('event.closed', { actor });
    case 'archived':
      return t('event.archived', { actor });
    case 'snoozed':
      return t('event.snoozed', { actor, time: format.soon(fact('until')) });
    case 'reopened':
      return t(`event.${reopening(fact('reason'))}`, { actor });
    case 'rated':
      return t('event.rated', { actor, score: Number(fact('score')) });
    case 'merged':
      return t('event.merged', { actor });
    case 'absorbed':
      return t('event.absorbed', { actor });
    case 'delivery_changed':
      return t(fact('state') === 'unconfirmed' ? 'event.unconfirmed' : fact('state') === 'bounced' ? 'event.bounced' : 'event.failed');
    default:
      return null;
  }
}

function assignment(data: SystemItem['data'], actorId: string | null) {
  if (!data.assignee) return data.reason === 'returned' ? 'returned' : 'unassigned';
  if (data.reason === 'serve_next') return 'served';
  return data.assignee === actorId ? 'taken' : 'assigned';
}

function reopening(reason: string) {
  if (reason === 'customer_message') return 'reopenedByCustomer';
  return reason === 'snooze_ended' ? 'reopenedBySnooze' : 'reopened';
}
