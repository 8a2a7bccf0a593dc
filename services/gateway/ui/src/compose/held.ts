/** Answers that have been sent and can still be taken back. */
import { notifications } from '@mantine/notifications';
import type { QueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useSyncExternalStore } from 'react';
import { command, get } from '@/api/client';
import type { Conversation, MessageItem, Timeline } from '@/api/types';
import { problemText } from '@/app/problems';
import type { Send, Then } from '@/conversation/drafts';
import { flushDraft, pullDraft, setMode } from '@/conversation/draftStore';
import { refreshTimeline, sessionOptions, spread } from '@/conversation/queries';

export interface Held {
  conversationId: string;
  number: number;
  messageId: string;
  /** By this browser's clock, in milliseconds. */
  until: number;
  seconds: number;
  then: Then['name'];
}

let held: readonly Held[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Held[]): void {
  held = next;
  listeners.forEach((listener) => listener());
}

/** What this browser has sent and can take back, the newest last. */
export function useHeld(): readonly Held[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => held,
  );
}

export function forget(messageId: string): void {
  set(held.filter((each) => each.messageId !== messageId));
}

/** An answer was accepted and is held: offer to take it back, wherever the agent goes. */
export async function remember(client: QueryClient, { id, number }: Conversation, { hold, then }: Pick<Send, 'hold' | 'then'>): Promise<void> {
  const until = Date.now() + hold * 1000;
  const me = client.getQueryData(sessionOptions.queryKey)?.id;
  const { items } = await get<Timeline>(`/conversations/${id}/timeline`, { limit: 10 });
  const messages = items.filter((item): item is MessageItem => item.kind === 'message' && item.scheduled_at != null && item.agent_id === me);
  const newest = messages.toSorted((one, other) => one.sequence - other.sequence).at(-1);
  if (!newest) return;
  const entry = { conversationId: id, number, messageId: newest.id, until, seconds: hold, then: then.name };
  set([...held.filter((each) => each.messageId !== newest.id), entry]);
  setTimeout(() => forget(newest.id), until - Date.now());
}

type Place = Pick<Held, 'conversationId' | 'messageId'>;

/** Take an answer back: it is in the composer again as it was. Resolves to whether it was in time. */
export async function withdraw(client: QueryClient, t: TFunction, { conversationId, messageId }: Place): Promise<boolean> {
  const agent = client.getQueryData(sessionOptions.queryKey)?.id ?? '';
  try {
    // What was begun since then goes to the server first, which puts the two together.
    await flushDraft(agent, conversationId);
    const { conversation } = await command(conversationId, 'withdraw', { command_id: crypto.randomUUID(), message_id: messageId });
    forget(messageId);
    setMode(conversationId, 'reply');
    await pullDraft(agent, conversationId);
    spread(client, conversation);
  } catch (error) {
    notifications.show({ color: 'red', title: t('failed.withdraw'), message: problemText(t, error), autoClose: 8000 });
    return false;
  } finally {
    await refreshTimeline(client, conversationId).catch(() => undefined); // the live stream brings it as well
  }
  return true;
}

/** Do not wait any longer. */
export async function sendNow(client: QueryClient, t: TFunction, { conversationId, messageId }: Place): Promise<void> {
  forget(messageId);
  try {
    const { conversation } = await command(conversationId, 'send-now', { command_id: crypto.randomUUID(), message_id: messageId });
    spread(client, conversation);
  } catch (error) {
    notifications.show({ color: 'red', title: t('failed.sendNow'), message: problemText(t, error), autoClose: 8000 });
  }
  await refreshTimeline(client, conversationId).catch(() => undefined);
}
