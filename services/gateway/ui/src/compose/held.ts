/** Mails that have been sent and can still be taken back. */
import { notifications } from '@mantine/notifications';
import type { QueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useSyncExternalStore } from 'react';
import { command } from '@/api/client';
import type { CommandResult, Conversation } from '@/api/types';
import { newId } from '@/app/ids';
import { problemText } from '@/app/problems';
import { type Content, contentOf, type DraftKey, isEmpty, joined, modeOf, UNKNOWN } from '@/conversation/draft';
import type { Send, Then } from '@/conversation/drafts';
import { flushDraft, isOnItsWay, pullDraft, setMode, updateDraft } from '@/conversation/draftStore';
import { refreshTimeline, sessionOptions, spread } from '@/conversation/queries';

export interface Held {
  /** The command that sent it. */
  commandId: string;
  /** Where it was written, and is again when it was taken back. */
  key: DraftKey;
  then: Then['name'];
  seconds: number;
  /** By this browser's clock, in milliseconds. */
  until: number;
  /** Unknown until the server has it. */
  place: Place | null;
  number: number | null;
  /** What was sent; null where nothing of it was written here. */
  content: Content | null;
  /** It is to come back as soon as the server has it. */
  unwanted: boolean;
}

let held: readonly Held[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Held[]): void {
  held = next;
  listeners.forEach((listener) => listener());
}

function edit(commandId: string, fields: Partial<Held>): Held | undefined {
  set(held.map((each) => (each.commandId === commandId ? { ...each, ...fields } : each)));
  return held.find((each) => each.commandId === commandId);
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

export function forget(commandId: string): void {
  set(held.filter((each) => each.commandId !== commandId));
}

/** A mail is being sent: offer at once to take it back, wherever the agent goes. */
export function announce(commandId: string, content: Content | null, row: Conversation | null, { hold, then, key }: Pick<Send, 'hold' | 'then' | 'key'>): void {
  const entry: Held = { commandId, key, content, then: then.name, seconds: hold, until: Date.now() + hold * 1000, place: null, number: row?.number ?? null, unwanted: false };
  set([...held.filter((each) => each.commandId !== commandId), entry]);
}

/** The server has it, and holds it from about half-way between asking and being answered. */
export async function settle(client: QueryClient, t: TFunction, commandId: string, { conversation, message_id: messageId }: CommandResult): Promise<void> {
  const before = held.find((each) => each.commandId === commandId);
  if (!before || !messageId) return forget(commandId);
  const asked = before.until - before.seconds * 1000;
  const until = (asked + Date.now()) / 2 + before.seconds * 1000;
  const entry = edit(commandId, { place: { conversationId: conversation.id, messageId }, number: conversation.number, until });
  setTimeout(() => forget(commandId), Math.max(0, until - Date.now()));
  if (entry?.unwanted) await undo(client, t, entry);
}

/** Take back what is being sent. Resolves to where that was; null when it was too late, or not there yet. */
export async function undo(client: QueryClient, t: TFunction, { commandId, place, key, content }: Held): Promise<Place | null> {
  if (!place) edit(commandId, { unwanted: true });
  return place && (await withdraw(client, t, place, key, content ?? undefined)) ? place : null;
}

export interface Place {
  conversationId: string;
  messageId: string;
}

function forgetPlace(messageId: string): void {
  set(held.filter((each) => each.place?.messageId !== messageId));
}

/**
 * Take a message back: it is in the composer (`key`) again as it was, before what was begun since. `content` is what
 * was sent, where this browser knows it; else the server's copy. Resolves to whether it was in time.
 */
export async function withdraw(client: QueryClient, t: TFunction, { conversationId, messageId }: Place, key: DraftKey, content?: Content): Promise<boolean> {
  const agent = client.getQueryData(sessionOptions.queryKey)?.id ?? '';
  try {
    // The server puts its copy in front of the draft that it has, which must not be an old one.
    if (!content) await flushDraft(agent, key);
    const { conversation } = await command(conversationId, 'withdraw', { command_id: newId(), message_id: messageId });
    forgetPlace(messageId);
    if (content) {
      updateDraft(agent, key, (draft) => ({ ...draft, ...joined(content, contentOf(draft)), synced: UNKNOWN }));
      void flushDraft(agent, key);
    } else await pullDraft(agent, key);
    // What was taken back is sent under a new id: the old one has been carried out.
    const draft = updateDraft(agent, key, (each) => (isOnItsWay(each) ? each : { ...each, tried: null }));
    // A redirect leaves nothing to write.
    if (!isEmpty(draft)) setMode(conversationId, modeOf(key));
    spread(client, conversation);
  } catch (error) {
    notifications.show({ color: 'red', title: t('failed.withdraw'), message: problemText(t, error), autoClose: 8000 });
    return false;
  } finally {
    void refreshTimeline(client, conversationId).catch(() => undefined); // the live stream brings it as well
  }
  return true;
}

/** Do not wait any longer. */
export async function sendNow(client: QueryClient, t: TFunction, { conversationId, messageId }: Place): Promise<void> {
  forgetPlace(messageId);
  try {
    const { conversation } = await command(conversationId, 'send-now', { command_id: newId(), message_id: messageId });
    spread(client, conversation);
  } catch (error) {
    notifications.show({ color: 'red', title: t('failed.sendNow'), message: problemText(t, error), autoClose: 8000 });
  }
  await refreshTimeline(client, conversationId).catch(() => undefined);
}
