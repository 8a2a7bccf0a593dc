/** The URL is the state of the list: what it shows, in which order, and what is searched for. */
import type { Query } from '@/api/client';
import type { Channel, Priority, Sort, Status } from '@/api/types';

export const STATUSES = ['open', 'snoozed', 'closed', 'archived', 'any'] as const;
export const SORTS = ['newest', 'oldest', 'waiting'] as const satisfies readonly Sort[];
export const CHANNELS = ['email', 'whatsapp', 'messenger', 'instagram', 'chat', 'form', 'voice'] as const satisfies readonly Channel[];
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const satisfies readonly Priority[];
export const RATINGS = ['5', '4', '3', '2', '1'] as const;

export type ListStatus = (typeof STATUSES)[number];

/**
 * `assignee` is me, none, followed, mentioned or an agent's id; absent: everybody's. A field that is absent has its
 * default: the list shows open conversations, a text or a rating is searched for everywhere.
 */
export interface InboxSearch {
  status?: ListStatus;
  assignee?: string;
  unread?: true;
  undelivered?: true;
  label?: string[];
  channel?: Channel[];
  account?: string[];
  store?: string;
  rating?: (typeof RATINGS)[number][];
  priority?: Priority;
  customer?: string[];
  sort?: Exclude<Sort, 'newest'>;
  q?: string;
}

/** Values of `assignee` that are parameters of their own in the API. */
const OWN = ['followed', 'mentioned'] as const;

const TEXT_MAX = 200;
const VALUES_MAX = 20;

function list(value: unknown): string[] {
  const values = Array.isArray(value) ? value : value === undefined || value === '' ? [] : [value];
  return [...new Set(values.map(String).filter(Boolean))].slice(0, VALUES_MAX);
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((each) => each === value);
}

function someOf<T extends string>(values: readonly T[], value: unknown): T[] {
  return list(value).flatMap((each) => oneOf(values, each) ?? []);
}

function isSet(value: unknown): true | undefined {
  return value === true || value === 'true' || undefined;
}

/** What is open has hardly been rated yet. */
function defaultStatus({ q, rating = [] }: Pick<InboxSearch, 'q' | 'rating'>): ListStatus {
  return q?.trim() || rating.length > 0 ? 'any' : 'open';
}

/** Which status the list shows. */
export function statusOf(search: InboxSearch): ListStatus {
  return search.status ?? defaultStatus(search);
}

/** The fields that hold something, so that the same list has one spelling. */
function filled<T extends object>(fields: T): Partial<T> {
  const empty = (value: unknown) => value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !empty(value))) as Partial<T>;
}

/** Read the search part of a URL, whatever somebody typed there: what makes no sense is left out. */
export function parseInboxSearch(raw: Record<string, unknown>): InboxSearch {
  const q = raw.q === undefined ? '' : String(raw.q).slice(0, TEXT_MAX);
  const status = oneOf(STATUSES, raw.status);
  const sort = oneOf(SORTS, raw.sort);
  const rating = someOf(RATINGS, raw.rating);
  return filled({
    status: status === defaultStatus({ q, rating }) ? undefined : status,
    assignee: typeof raw.assignee === 'string' && raw.assignee !== 'any' ? raw.assignee : undefined,
    unread: isSet(raw.unread),
    undelivered: isSet(raw.undelivered),
    label: list(raw.label),
    channel: someOf(CHANNELS, raw.channel),
    account: list(raw.account),
    store: typeof raw.store === 'string' ? raw.store : undefined,
    rating,
    priority: oneOf(PRIORITIES, raw.priority),
    customer: list(raw.customer),
    sort: sort === 'newest' ? undefined : sort,
    q,
  });
}

/** The list query of the API for this search. */
export function listQuery(search: InboxSearch): Query {
  const status = statusOf(search);
  const { assignee, unread, undelivered, store, priority, sort } = search;
  return {
    status: status === 'any' ? undefined : (status satisfies Status),
    assignee: oneOf(OWN, assignee) ? undefined : assignee,
    followed: assignee === 'followed' || undefined,
    mentioned: assignee === 'mentioned' || undefined,
    unread,
    undelivered,
    label: search.label ?? [],
    channel: search.channel ?? [],
    account: search.account ?? [],
    store,
    rating: search.rating ?? [],
    priority,
    customer: search.customer ?? [],
    sort,
    q: search.q?.trim() || undefined,
  };
}

/** One thing that narrows the list and can be taken away by itself. */
export interface Filter {
  field: Exclude<keyof InboxSearch, 'q' | 'sort'>;
  value: string;
}

/** What narrows the list beside its text, in the order of the chips. The view's own status is no filter. */
export function filtersOf(search: InboxSearch): Filter[] {
  const { status, assignee, unread, undelivered, label = [], channel = [], account = [], store, rating = [], priority, customer = [] } = search;
  const several = (field: Filter['field'], values: readonly string[]) => values.map((value) => ({ field, value }));
  return [
    ...several('status', status && search.q ? [status] : []),
    ...several('assignee', assignee ? [assignee] : []),
    ...several('unread', unread ? ['true'] : []),
    ...several('undelivered', undelivered ? ['true'] : []),
    ...several('priority', priority ? [priority] : []),
    ...several('channel', channel),
    ...several('account', account),
    ...several('store', store ? [store] : []),
    ...several('label', label),
    ...several('rating', rating),
    ...several('customer', customer),
  ];
}

/** The search without this one filter. */
export function without(search: InboxSearch, { field, value }: Filter): InboxSearch {
  const current = search[field];
  return parseInboxSearch({ ...search, [field]: Array.isArray(current) ? current.filter((each) => each !== value) : undefined });
}

/** The search with nothing that narrows it but its text. */
export function everywhere(search: InboxSearch): InboxSearch {
  return parseInboxSearch({ q: search.q });
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

/** Whether two searches show the same list. */
export function sameList(a: InboxSearch, b: InboxSearch): boolean {
  const spelled = (search: InboxSearch) => {
    const parameters = new URLSearchParams(stringifyUrl({ ...parseInboxSearch({ ...search }) }));
    parameters.sort();
    return [...parameters].map((pair) => pair.join('=')).toSorted().join('&');
  };
  return spelled(a) === spelled(b);
}
