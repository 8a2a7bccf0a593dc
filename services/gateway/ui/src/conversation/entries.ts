/** What a thread shows, from its items: days, the divider, messages, notes, and quiet lines in groups. Pure functions. */
import type { MessageItem, NoteItem, SystemItem, TimelineItem } from '@/api/types';
import { daysBetween } from '@/app/zone';
import { itemKey } from './timeline';

export type Entry =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'new'; key: 'new' }
  | { kind: 'message'; key: string; item: MessageItem }
  | { kind: 'note'; key: string; item: NoteItem }
  | { kind: 'lines'; key: string; lines: SystemItem[] };

const GROUP_MS = 60_000;

/** Lines that a card beside them says already. */
const ON_CARDS = new Set(['forwarded', 'auto_replied', 'rating_requested']);

/** What a merge takes along from the other conversation, whose own lines are in the thread as well. */
const TAKEN_ALONG = new Set(['label_added', 'follower_added', 'participant_added', 'priority_changed', 'queue_changed', 'assigned']);

/**
 * The items that say something of their own. `merged`: the thread shown is that of a conversation that goes on in
 * another one; else such a line comes from one that goes on here, which the line "absorbed" says already.
 */
export function worthShowing(items: readonly TimelineItem[], merged = false): TimelineItem[] {
  const cards = new Set(items.filter((item) => item.kind === 'message').map(moment));
  const lines = items.filter((item) => item.kind === 'system');
  const ends = new Set(lines.filter((line) => line.type === 'merged').map((line) => line.at));
  const joins = new Set(lines.filter((line) => line.type === 'absorbed').map(act));
  return items.filter((item) => {
    if (item.kind !== 'system') return true;
    if (ON_CARDS.has(item.type) && cards.has(moment(item))) return false;
    if (TAKEN_ALONG.has(item.type) && joins.has(act(item))) return false;
    if (merged) return true;
    return item.type !== 'merged' && !(item.type === 'archived' && ends.has(item.at));
  });
}

/** The message and the line of one event have the same number and time. */
function moment({ at, sequence }: TimelineItem): string {
  return `${at} ${sequence}`;
}

/** What was done at once, by one. */
function act({ at, actor_kind, actor_id }: SystemItem): string {
  return `${at} ${actor_kind} ${actor_id}`;
}

/**
 * The first item that the reader has not seen and did not write; undefined when all is seen, and for somebody who
 * has never been here: to them everything is new, and a divider that says so says nothing.
 */
export function firstUnseen(items: readonly TimelineItem[], seen: number, me: string): TimelineItem | undefined {
  return seen === 0 ? undefined : items.find((item) => item.sequence > seen && isNews(item, me));
}

/**
 * Where a thread opens for somebody who has never been here: the customer's oldest message that nobody of ours has
 * answered, whatever machines and notes said behind it. Undefined when there is none, and when it may lie further back
 * than what is loaded. `whole`: everything is loaded.
 */
export function firstToRead(items: readonly TimelineItem[], whole: boolean): MessageItem | undefined {
  const messages = items.filter((item) => item.kind === 'message' && !item.automatic && !item.forwarded) as MessageItem[];
  const answered = messages.findLastIndex((item) => item.direction === 'outbound' && item.agent_id !== null);
  return answered < 0 && !whole ? undefined : messages.slice(answered + 1).find((item) => item.direction === 'inbound');
}

/** Whether it was said by somebody else: a customer, a colleague. */
export function isNews(item: TimelineItem, me: string): boolean {
  if (item.kind === 'system') return false;
  if (item.kind === 'note') return item.agent_id !== me;
  return item.direction === 'inbound' || (item.agent_id !== null && item.agent_id !== me);
}

/** Lines that make a conversation unread for those whom they concern. */
const TELLING: ReadonlySet<string> = new Set(['delivery_changed', 'assigned', 'reopened', 'rated']);

/** The newest item that may make a conversation unread: something said, or what somebody is told without a word. */
export function newestNews(items: readonly TimelineItem[]): TimelineItem | undefined {
  return items.findLast((item) => item.kind !== 'system' || TELLING.has(item.type));
}

/** How many news came behind the item with this key; without one, none did. */
export function newsBehind(items: readonly TimelineItem[], key: string | undefined, me: string): TimelineItem[] {
  const at = items.findIndex((item) => itemKey(item) === key);
  return at < 0 ? [] : items.slice(at + 1).filter((item) => isNews(item, me));
}

export function entriesOf(items: readonly TimelineItem[], zone: string, firstNew?: TimelineItem): Entry[] {
  const entries: Entry[] = [];
  items.forEach((item, index) => {
    const before = items[index - 1];
    if (!before || daysBetween(new Date(before.at), new Date(item.at), zone) !== 0) {
      entries.push({ kind: 'day', key: `day ${item.at.slice(0, 10)} ${itemKey(item)}`, at: item.at });
    }
    if (item === firstNew) entries.push({ kind: 'new', key: 'new' });
    const last = entries.at(-1);
    if (item.kind === 'message') entries.push({ kind: 'message', key: item.id, item });
    else if (item.kind === 'note') entries.push({ kind: 'note', key: item.id, item });
    else if (last?.kind === 'lines' && last.lines[0] && goesWith(last.lines[0], item)) last.lines.push(item);
    else entries.push({ kind: 'lines', key: itemKey(item), lines: [item] });
  });
  return entries;
}

/** Done by the same one, and within a minute. */
function goesWith(first: SystemItem, line: SystemItem): boolean {
  const same = first.actor_kind === line.actor_kind && first.actor_id === line.actor_id;
  return same && Date.parse(line.at) - Date.parse(first.at) <= GROUP_MS;
}
