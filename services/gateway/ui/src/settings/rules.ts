/** Rules as the editor works on them. Pure functions. */
import type { components } from '@/api/schema';
import type { SaveRule } from './queries';

type Schemas = components['schemas'];
export type Fact = Schemas['Fact'];
export type Op = Schemas['Op'];
export type Condition = Schemas['Condition'];
export type Group = SaveRule['groups'][number];
export type Action = SaveRule['actions'][number];
export type ActionKind = Action['kind'];

/** How the values of a fact are chosen: `one` of few, `some` of a list, or `words` that are typed. */
export type Choice = { by: 'one' | 'some'; values: readonly string[] } | { by: 'inboxes' } | { by: 'words' };

const YES_NO: Choice = { by: 'one', values: ['yes', 'no'] };
const EITHER = ['is', 'is_not'] as const satisfies readonly Op[];
const TEXT = ['contains', 'contains_not', 'has_word', 'has_not_word'] as const satisfies readonly Op[];
const CHANNELS = ['email', 'whatsapp', 'messenger', 'instagram', 'chat', 'form', 'voice'];
const LANGUAGES = ['en', 'pl', 'pt', 'tr', 'de', 'es', 'fr', 'it', 'uk', 'cs', 'nl'];
const SEGMENTS = ['active', 'low_risk', 'high_risk', 'unknown'];

export const FACTS: Record<Fact, { ops: readonly Op[]; choice: Choice }> = {
  text: { ops: TEXT, choice: { by: 'words' } },
  subject: { ops: TEXT, choice: { by: 'words' } },
  sender: { ops: EITHER, choice: { by: 'words' } },
  channel: { ops: EITHER, choice: { by: 'some', values: CHANNELS } },
  inbox: { ops: EITHER, choice: { by: 'inboxes' } },
  language: { ops: EITHER, choice: { by: 'some', values: LANGUAGES } },
  hours: { ops: ['is'], choice: { by: 'one', values: ['inside', 'outside'] } },
  customer: { ops: ['is'], choice: { by: 'one', values: ['known', 'unknown'] } },
  segment: { ops: EITHER, choice: { by: 'some', values: SEGMENTS } },
  order_status: { ops: EITHER, choice: { by: 'words' } },
  first_contact: { ops: ['is'], choice: YES_NO },
  attachment: { ops: ['is'], choice: YES_NO },
  automatic: { ops: ['is'], choice: YES_NO },
};

const SENTENCES = [
  'hours_inside',
  'hours_outside',
  'customer_known',
  'customer_unknown',
  'first_contact_yes',
  'first_contact_no',
  'attachment_yes',
  'attachment_no',
  'automatic_yes',
  'automatic_no',
] as const;

/** What is said in a sentence of its own, where "fact is value" reads like no language. */
export function wholeSentence(fact: Fact, value: string): (typeof SENTENCES)[number] | undefined {
  return SENTENCES.find((each) => each === `${fact}_${value}`);
}

export const FACT_NAMES = Object.keys(FACTS) as Fact[];
export const ACTION_KINDS = ['add_label', 'reply', 'assign', 'queue', 'priority'] as const satisfies readonly ActionKind[];

export function emptyRule(position: number): SaveRule {
  return { name: '', enabled: true, position, trigger: 'any', match: 'all', groups: [emptyGroup()], actions: [emptyAction('add_label')], stop: false, window_hours: 24 };
}

export function emptyGroup(): Group {
  return { match: 'all', conditions: [emptyCondition('text')] };
}

/** A condition on another fact keeps nothing: its values would mean something else. */
export function emptyCondition(fact: Fact): Condition {
  const { ops, choice } = FACTS[fact];
  return { fact, op: ops[0] ?? 'is', values: choice.by === 'one' ? choice.values.slice(0, 1) : [] };
}

export function emptyAction(kind: ActionKind): Action {
  switch (kind) {
    case 'add_label':
      return { kind, label: '' };
    case 'reply':
      return { kind, template_id: '' };
    case 'assign':
      return { kind, agent_id: '' };
    case 'queue':
      return { kind, queue: '' };
    case 'priority':
      return { kind, priority: 'high' };
  }
}

/** Whether the server would take it: every condition and action says something. */
export function isComplete(rule: SaveRule): boolean {
  const conditions = rule.groups.flatMap((group) => group.conditions);
  return rule.name.trim() !== '' && conditions.every((each) => each.values.length > 0) && rule.actions.length > 0 && rule.actions.every((each) => valueOf(each) !== '');
}

export function valueOf(action: Action): string {
  switch (action.kind) {
    case 'add_label':
      return action.label.trim();
    case 'reply':
      return action.template_id;
    case 'assign':
      return action.agent_id;
    case 'queue':
      return action.queue.trim();
    case 'priority':
      return action.priority;
  }
}

/** Groups without conditions are none. */
export function trimmed(rule: SaveRule): SaveRule {
  return { ...rule, name: rule.name.trim(), groups: rule.groups.filter((group) => group.conditions.length > 0) };
}

/** The list with one element replaced, or taken out. */
export function withAt<T>(list: readonly T[], index: number, value: T | null): T[] {
  return list.flatMap((each, i) => (i === index ? (value === null ? [] : [value]) : [each]));
}

/** Those whose place changes when one moves up (-1) or down (1), with their new positions. */
export function moved<T extends { rule: SaveRule }>(rules: readonly T[], index: number, by: -1 | 1): T[] {
  const order = [...rules];
  const [one] = order.splice(index, 1);
  if (one === undefined || index + by < 0 || index + by > order.length) return [];
  order.splice(index + by, 0, one);
  return order.flatMap((each, position) => (each.rule.position === position ? [] : [{ ...each, rule: { ...each.rule, position } }]));
}
