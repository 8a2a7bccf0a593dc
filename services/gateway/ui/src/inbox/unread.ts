/** What this browser has seen: per conversation the time of the last message that was on screen. */
import { useSyncExternalStore } from 'react';
import type { Conversation } from '@/api/types';

const KEY = 'nitka.seen';
const KEPT = 2000;
const UNREAD = '';

type Seen = Readonly<Record<string, string>>;

/** Unread: marked so by hand, or a customer waits whose last message was never on screen. */
export function isUnread(row: Conversation, seen: Seen): boolean {
  const at = seen[row.id];
  if (at === UNREAD) return true;
  return row.waiting_since !== null && (at === undefined || new Date(row.last_message_at) > new Date(at));
}

/** The newest entries only: a browser's store is small. */
export function trim(seen: Seen, kept = KEPT): Seen {
  const entries = Object.entries(seen);
  return entries.length <= kept ? seen : Object.fromEntries(entries.slice(entries.length - kept));
}

function read(): Seen {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Seen;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}

let seen: Seen = read();
const listeners = new Set<() => void>();

function write(next: Seen): void {
  seen = trim(next);
  localStorage.setItem(KEY, JSON.stringify(seen));
  listeners.forEach((listener) => listener());
}

export function markSeen(row: Conversation): void {
  if (seen[row.id] === row.last_message_at) return;
  const { [row.id]: _, ...others } = seen;
  write({ ...others, [row.id]: row.last_message_at });
}

export function toggleUnread(row: Conversation): void {
  if (isUnread(row, seen)) markSeen(row);
  else write({ ...seen, [row.id]: UNREAD });
}

export function seenAt(id: string): string | undefined {
  return seen[id] || undefined;
}

export function useSeen(): Seen {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => seen,
  );
}
