/** What happened, in words: pure functions. */
import type { TFunction } from 'i18next';
import type { Agent, Conversation, SystemItem } from '@/api/types';
import type { Formatter } from '@/app/format';
import { contactName } from '@/app/people';
import { isBad } from './badRating';
import type { RuleName } from '@/settings/queries';

/** Stands in a sentence where the link to another conversation goes. */
export const LINK = '\uE000';

export interface Sentence {
  text: string;
  /** The conversation that `LINK` leads to. */
  to?: string;
  /** What somebody said, in their own words. */
  quote?: string;
  /** It is not to be overlooked. */
  bad?: boolean;
}

/** How people, rules and times are called. */
export interface Words {
  t: TFunction;
  format: Formatter;
  agent: (id: string | null | undefined) => string;
  rule: (id: string | null | undefined) => string;
  customer: string;
}

export function wordsOf(t: TFunction, format: Formatter, row: Conversation, agents: readonly Agent[] | undefined, rules: readonly RuleName[] | undefined): Words {
  return {
    t,
    format,
    agent: (id) => (id ? (agents?.find((agent) => agent.id === id)?.name ?? (agents ? t('agent.former') : '…')) : t('agent.nobody')),
    rule: (id) => {
      const name = rules?.find((each) => each.id === id)?.name;
      return name ? t('actor.ruleNamed', { name }) : t('actor.rule');
    },
    customer: contactName(row.contact),
  };
}

/** Who did it. */
export function actorOf({ actor_kind, actor_id }: SystemItem, words: Words): string {
  switch (actor_kind) {
    case 'agent':
      return words.agent(actor_id);
    case 'customer':
      return words.customer;
    case 'rule':
      return words.rule(actor_id);
    default:
      return words.t('actor.system');
  }
}

/** What happened as a sentence; null for an event that this version does not know. */
export function sentence(item: SystemItem, words: Words): Sentence | null {
  const { t, format } = words;
  const actor = actorOf(item, words);
  const fact = (name: string) => String(item.data[name] ?? '');
  const person = (name: string) => words.agent(item.data[name] as string | null);
  const contact = fact('contact') || t('event.erasedContact');
  const other = { actor, conversation: LINK };
  switch (item.type) {
    case 'assigned':
      return { text: t(`event.${assignment(item)}`, { actor, name: person('assignee'), previous: person('previous') }) };
    case 'label_added':
      return { text: t('event.labelAdded', { actor, label: fact('label') }) };
    case 'label_removed':
      return { text: t('event.labelRemoved', { actor, label: fact('label') }) };
    case 'follower_added':
      return { text: t(own(item) ? 'event.followed' : 'event.followerAdded', { actor, name: person('agent') }) };
    case 'follower_removed':
      return { text: t(own(item) ? 'event.unfollowed' : 'event.followerRemoved', { actor, name: person('agent') }) };
    case 'participant_added':
      return { text: t('event.participantAdded', { actor, contact }) };
    case 'participant_removed':
      return { text: t('event.participantRemoved', { actor, contact }) };
    case 'priority_changed':
      return { text: t('event.priorityChanged', { actor, priority: t(`priority.${priority(fact('priority'))}`) }) };
    case 'queue_changed':
      return { text: item.data.queue ? t('event.queueChanged', { actor, queue: fact('queue') }) : t('event.queueLeft', { actor }) };
    case 'reply_withdrawn':
      return { text: t('event.replyWithdrawn', { actor }) };
    case 'forwarded':
      return { text: t(fact('mode') === 'redirect' ? 'event.redirected' : 'event.forwarded', { actor }) };
    case 'auto_replied':
      return { text: t('event.autoReplied', { rule: words.rule(fact('rule')) }) };
    case 'closed':
      return { text: t('event.closed', { actor }) };
    case 'archived':
      return { text: t('event.archived', { actor }) };
    case 'snoozed':
      return { text: t('event.snoozed', { actor, time: format.soon(fact('until')) }) };
    case 'reopened':
      return { text: t(`event.${reopening(fact('reason'))}`, { actor }) };
    case 'rating_requested':
      return { text: t('event.ratingRequested', { name: words.customer }) };
    case 'rated':
      return { text: t('event.rated', { actor: words.customer, score: Number(fact('score')) }), quote: fact('comment') || undefined, bad: isBad(Number(fact('score'))) || undefined };
    case 'merged':
      return { text: t('event.merged', other), to: fact('into') };
    case 'absorbed':
      return { text: t('event.absorbed', other), to: fact('absorbed') };
    case 'split_off':
      return { text: t('event.splitOff', { ...other, count: Number(fact('messages')) }), to: fact('into') };
    case 'split_from':
      return { text: t('event.splitFrom', other), to: fact('from') };
    case 'delivery_changed':
      return { text: delivery(item, words) };
    default:
      return null;
  }
}

/**
 * Sentences of the same actor as one: "Ola took the conversation, added the label vip". Each language begins such
 * a sentence with the actor; one that does not is set apart.
 */
export function joined(lines: readonly SystemItem[], words: Words): Sentence[] {
  const found: Sentence[] = [];
  for (const line of lines) {
    const next = sentence(line, words);
    if (!next) continue;
    const actor = actorOf(line, words);
    const last = found.at(-1);
    const follows = last && !last.to && !next.to && !last.quote && !next.quote && begins(last.text, actor) && begins(next.text, actor);
    if (follows) last.text += `, ${next.text.slice(actor.length).replace(/^[:\s]+/, '')}`;
    else found.push({ ...next });
  }
  return found;
}

function begins(text: string, actor: string): boolean {
  return text.startsWith(`${actor} `) || text.startsWith(`${actor}: `);
}

function own({ actor_kind, actor_id, data }: SystemItem): boolean {
  return actor_kind === 'agent' && actor_id === data.agent;
}

function assignment({ data, actor_kind, actor_id }: SystemItem) {
  if (!data.assignee) {
    if (data.reason === 'returned') return 'returned';
    return data.previous === actor_id ? 'released' : 'unassigned';
  }
  if (data.reason === 'serve_next') return 'served';
  return actor_kind === 'agent' && data.assignee === actor_id ? 'taken' : 'assigned';
}

function reopening(reason: string) {
  if (reason === 'customer_message') return 'reopenedByCustomer';
  if (reason === 'merged') return 'reopenedByMerge';
  if (reason === 'delivery_failed') return 'reopenedByDelivery';
  return reason === 'snooze_ended' ? 'reopenedBySnooze' : 'reopened';
}

const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

function priority(name: string) {
  return PRIORITIES.find((each) => each === name) ?? 'normal';
}

/** How a message did not get through. */
export function lost(state: unknown) {
  return state === 'unconfirmed' || state === 'bounced' ? state : 'failed';
}

/** A delivery that failed for one of several recipients names them, and says why in the words of their server. */
function delivery({ data }: SystemItem, { t }: Words): string {
  const what = lost(data.state);
  const contact = data.contact ? String(data.contact) : null;
  if (!contact) return t(`event.${what}`);
  const told = t(`event.${what}For`, { contact });
  return data.reason ? `${told} (${data.reason})` : told;
}
