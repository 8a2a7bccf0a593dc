/** The variables of templates, and what looks like one and is none. Pure functions. */

export const VARIABLES = [
  'customer.first_name',
  'customer.name',
  'customer.email',
  'agent.name',
  'conversation.number',
  'conversation.subject',
  'inbox.name',
  'shop.name',
  'order.number',
  'order.status',
] as const;
export type Variable = (typeof VARIABLES)[number];

/** What a signature may name. */
export const SIGNERS = ['agent.name', 'inbox.name', 'shop.name'] as const satisfies readonly Variable[];

const WRITTEN = /\{\{\s*([a-z_.]+)\s*(?:\|[^{}]*)?\}\}/g;
const BRACES = /\{\{[^{}\n]{0,40}\}{0,2}|\}\}/g;

/** Why the server would refuse the text: variables that do not exist, and braces that are of none. */
export function wrongIn(text: string, known: readonly string[] = VARIABLES): string[] {
  const rest = text.replace(WRITTEN, (whole, name: string) => (known.includes(name) ? '' : whole));
  return [...new Set([...rest.matchAll(BRACES)].map((found) => found[0]))];
}
