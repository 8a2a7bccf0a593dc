/** Saved replies: finding one, and filling in what it names. Pure functions. */
import type { Conversation, CustomerCard } from '@/api/types';
import { foldText } from '@/app/text';
import { escapeHtml } from './html';

/** What the composer needs of a saved reply. */
export interface Template {
  id: string;
  name: string;
  shortcut: string;
  text: string;
  html: string | null;
  /** The same in other languages. */
  variants: readonly Version[];
}

export interface Version {
  language: string;
  text: string;
  html: string | null;
}

/** A template in a language; in its own where it has none in that. */
export function versionIn(template: Template, language: string | null): Omit<Version, 'language'> & { language: string | null } {
  return template.variants.find((each) => each.language === language) ?? { language: null, text: template.text, html: template.html };
}

export type Values = Partial<Record<string, string>>;

const VARIABLE = /\{\{\s*([a-z_]+\.[a-z_]+)\s*(?:\|([^{}]*))?\}\}/g;

/** Variables that nobody could fill in; the text must not be sent with them. */
export function unfilled(text: string): string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map((found) => found[0]))];
}

/** The text with its variables: the value, else the words after `|`, else the variable stays, to be seen. */
export function fillText(text: string, values: Values): string {
  return text.replace(VARIABLE, (whole, name: string, other?: string) => values[name] || other?.trim() || whole);
}

/** The same for HTML: values are words, whatever is in them. */
export function fillHtml(html: string, values: Values): string {
  return html.replace(VARIABLE, (whole, name: string, other?: string) => (values[name] ? escapeHtml(values[name]) : other?.trim() || whole));
}

export interface Facts {
  row?: Pick<Conversation, 'number' | 'subject' | 'contact' | 'account'>;
  to?: { value: string; name?: string | null };
  card?: Pick<CustomerCard, 'name' | 'recent_orders'> | null;
  agent?: { name: string };
  inbox?: { name: string; store: string };
}

/** What the variables stand for here. */
export function valuesOf({ row, to, card, agent, inbox }: Facts): Values {
  const contact = row?.contact ?? to;
  const name = card?.name || contact?.name || '';
  const order = card?.recent_orders[0];
  return {
    'customer.name': isName(name) ? name : '',
    'customer.first_name': firstName(name),
    'customer.email': contact?.value.includes('@') ? contact.value : '',
    'agent.name': agent?.name,
    'conversation.number': row && String(row.number),
    'conversation.subject': row?.subject ?? '',
    'inbox.name': inbox?.name,
    'shop.name': inbox?.store || inbox?.name,
    'order.number': order?.order_id,
    'order.status': order?.status,
  };
}

function isName(name: string): boolean {
  return name.trim() !== '' && !name.includes('@');
}

/** `Anna Nowak` and `Nowak, Anna` are Anna. */
export function firstName(name: string): string {
  const [family = '', given = ''] = name.trim().replace(/^["']|["']$/g, '').split(',', 2);
  const first = (given.trim() || family.trim()).split(/\s+/)[0] ?? '';
  return isName(first) ? first : '';
}

/** The best first: by the short cut, by the beginning of a word of the name, by any words of it. */
export function findTemplates(templates: readonly Template[], query: string): Template[] {
  const wanted = foldText(query.trim());
  const rank = (template: Template): number => {
    const name = foldText(template.name);
    const shortcut = foldText(template.shortcut);
    if (!wanted) return 1;
    if (shortcut === wanted) return 5;
    if (shortcut.startsWith(wanted)) return 4;
    if (name.startsWith(wanted)) return 3;
    if (name.split(/\s+/).some((word) => word.startsWith(wanted))) return 2;
    const words = [name, ...[template, ...template.variants].map((each) => foldText(each.text))].join(' ');
    return wanted.split(/\s+/).every((word) => words.includes(word)) ? 1 : 0;
  };
  return templates
    .map((template) => ({ template, rank: rank(template) }))
    .filter((each) => each.rank > 0)
    .sort((one, other) => other.rank - one.rank || one.template.name.localeCompare(other.template.name))
    .map((each) => each.template);
}

export interface Trigger {
  mark: '/' | '@';
  query: string;
  /** Characters before the caret that a choice replaces. */
  length: number;
}

/** The `/` or `@` that is being typed before the caret. A `/` inside a word (a date, an address) is none. */
export function triggerIn(before: string, marks: readonly Trigger['mark'][]): Trigger | null {
  const found = /(?:^|[\s\u00a0(])([/@])([^\n/@]{0,40})$/.exec(before);
  const mark = marks.find((each) => each === found?.[1]);
  const query = found?.[2] ?? '';
  if (!mark || /^\s/.test(query) || query.split(/\s/).length > 4) return null;
  return { mark, query, length: query.length + 1 };
}
