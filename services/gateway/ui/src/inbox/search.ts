/** The URL is the state of the list: what it shows, in which order, and what is searched for. */
import type { Query } from '@/api/client';
import type { Channel, Sort, Status } from '@/api/types';

export const STATUSES = ['open', 'snoozed', 'closed', 'archived', 'any'] as const;
export const SORTS = ['newest', 'oldest', 'waiting'] as const satisfies readonly Sort[];
export const CHANNELS = ['email', 'whatsapp', 'messenger', 'instagram', 'chat', 'form', 'voice'] as const satisfies readonly Channel[];

/** `assignee` is me, none or an agent's id; absent: everybody's. A field that is absent has its default. */
export interface InboxSearch {
  status?: Exclude<(typeof STATUSES)[number], 'open'>;
  assignee?: string;
  label?: string[];
  channel?: Channel[];
  sort?: Exclude<Sort, 'newest'>;
  q?: string;
}

function list(value: unknown): string[] {
  const values = Array.isArray(value) ? value : value === undefined || value === '' ? [] : [value];
  return [...new Set(values.map(String).filter(Boolean))];
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((each) => each === value);
}

/** Read the search part of a URL, whatever somebody typed there: what makes no sense is left out. */
export function parseInboxSearch(raw: Record<string, unknown>): InboxSearch {
  const status = oneOf(STATUSES, raw.status);
  const sort = oneOf(SORTS, raw.sort);
  const labels = list(raw.label);
  const channels = list(raw.channel).flatMap((each) => oneOf(CHANNELS, each) ?? []);
  const assignee = typeof raw.assignee === 'string' && raw.assignee !== 'any' ? raw.assignee : '';
  const q = raw.q === undefined ? '' : String(raw.q).slice(0, 200);
  return {
    ...(status && status !== 'open' ? { status } : {}),
    ...(assignee ? { assignee } : {}),
    ...(labels.length ? { label: labels } : {}),
    ...(channels.length ? { channel: channels } : {}),
    ...(sort && sort !== 'newest' ? { sort } : {}),
    ...(q ? { q } : {}),
  };
}

/** The list query of the API for this search. */
export function listQuery(search: InboxSearch): Query {
  const status = search.status ?? 'open';
  return {
    status: status === 'any' ? undefined : (status satisfies Status),
    assignee: search.assignee,
    label: search.label ?? [],
    channel: search.channel ?? [],
    sort: search.sort,
    q: search.q?.trim() || undefined,
  };
}

/** How many filters are on beside status, assignee and text. */
export function filterCount(search: InboxSearch): number {
  return (search.label?.length ?? 0) + (search.channel?.length ?? 0);
}

/** Search parameters as plain, repeatable ones: `?label=a&label=b`. */
export function parseUrl(text: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(text);
  const found: Record<string, string | string[]> = {};
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    found[name] = values.length > 1 ? values : (values[0] ?? '');
  }
  return found;
}

export function stringifyUrl(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') parameters.append(name, String(each));
    }
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}
