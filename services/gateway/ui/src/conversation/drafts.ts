/** The way from a draft to the server: answers, notes, forwards and first mails. */
import { notifications } from '@mantine/notifications';
import type { QueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { command, isUncertain, startConversation } from '@/api/client';
import type { CommandResult, ContactPoint, Conversation } from '@/api/types';
import { newId } from '@/app/ids';
import { problemText } from '@/app/problems';
import { isFormatted, picturesIn, toMail } from '@/compose/html';
import { announce, forget, settle } from '@/compose/held';
import { countsOptions } from '@/inbox/queries';
import { contentOf, type Draft, type DraftKey, finish, modeOf, restore, type Sending, start } from './draft';
import { flushDraft, isOnItsWay, readDraft, setOnItsWay, updateDraft } from './draftStore';
import { conversationOptions, refreshTimeline, sessionOptions, spread, timelineOptions } from './queries';

export type Then = { name: 'nothing' } | { name: 'close' } | { name: 'snooze'; until: string };

/** What goes along with a draft when it is sent. */
export interface Send {
  key: DraftKey;
  then: Then;
  /** To whom it goes where the draft does not say. */
  recipients?: { to: readonly ContactPoint[]; cc: readonly ContactPoint[] };
  /** Seconds in which it can be taken back. */
  hold: number;
  mentions?: readonly string[];
  /** The message that is passed on, as it goes below the text. */
  below?: { text: string; html: string };
}

function expected(row: Conversation, sending: Sending, { key, then, hold }: Send): Conversation {
  if (modeOf(key) !== 'reply' || hold > 0) return row;
  const answered = { ...row, waiting_since: null, preview: sending.text.slice(0, 140) };
  if (then.name === 'close') return { ...answered, status: 'closed' };
  return then.name === 'snooze' ? { ...answered, status: 'snoozed', snoozed_until: then.until } : answered;
}

/** `seen`: how much of the conversation was on screen. */
function request(sending: Sending, send: Send, seen: number): { action: string; body: Record<string, unknown> } {
  const { to, cc, bcc } = sending;
  switch (modeOf(send.key)) {
    case 'note':
      return { action: 'notes', body: { text: sending.text, mentions: send.mentions ?? [], attachments: sending.attachments } };
    case 'forward':
      return {
        action: 'forward',
        body: { mode: 'forward', message_id: sending.messageId, to, cc, bcc, ...written(sending), below: send.below, hold_seconds: send.hold },
      };
    case 'reply':
      return {
        action: 'reply',
        body: {
          ...written(sending),
          ...(to.length > 0 ? { to, cc } : (send.recipients ?? { to: [], cc })),
          bcc,
          seen,
          ...following(send),
        },
      };
  }
}

function following({ then, hold }: Send): Record<string, unknown> {
  return { then: then.name, snooze_until: then.name === 'snooze' ? then.until : null, hold_seconds: hold };
}

/** The text, its HTML where it says more, and the files; a picture that was taken out of the text stays behind. */
function written(sending: Sending): Record<string, unknown> {
  const shown = picturesIn(sending.html);
  const attachments = sending.attachments.filter((each) => !each.inline || shown.includes(each.content_id ?? ''));
  const html = sending.html !== null && isFormatted(sending.html) ? toMail(sending.html) : null;
  return { text: sending.text, html, attachments };
}

function deliver(client: QueryClient, row: Conversation | null, sending: Sending, send: Send): Promise<CommandResult> {
  const { commandId } = sending;
  if (row) {
    const seen = client.getQueryData(timelineOptions(row.id).queryKey)?.pages[0]?.conversation.sequence ?? row.sequence;
    const { action, body } = request(sending, send, seen);
    return command(row.id, action, { command_id: commandId, ...body });
  }
  const { account, to, cc, bcc, subject } = sending;
  return startConversation({ command_id: commandId, account, to, cc, bcc, subject, ...written(sending), ...following(send) });
}

/**
 * Send what is written; `row` null begins a conversation. Resolves to the conversation, or to null when it was
 * refused or nobody answers: everything is back in the composer then.
 */
export async function sendDraft(client: QueryClient, t: TFunction, row: Conversation | null, send: Send): Promise<Conversation | null> {
  const agent = client.getQueryData(sessionOptions.queryKey)?.id ?? '';
  const { key } = send;
  if (isOnItsWay(readDraft(agent, key))) return null;
  const { sending } = startNow(agent, key);
  const held = send.hold > 0 && modeOf(key) !== 'note';
  if (row) spread(client, expected(row, sending, send));
  if (held) announce(sending.commandId, contentOf(sending), row, send);
  try {
    const result = await deliver(client, row, sending, send);
    const { conversation } = result;
    spread(client, conversation);
    if (held) await settle(client, t, sending.commandId, result);
    await refreshTimeline(client, conversation.id).catch(() => undefined); // the live stream brings it as well
    end(agent, key, sending, finish);
    void flushDraft(agent, key);
    void client.invalidateQueries({ queryKey: countsOptions.queryKey });
    return conversation;
  } catch (error) {
    forget(sending.commandId);
    end(agent, key, sending, (draft) => restore(draft, isUncertain(error)));
    if (row) {
      const options = conversationOptions(row.id);
      spread(client, await client.fetchQuery({ ...options, staleTime: 0, retry: false }).catch(() => row), true);
    }
    notifications.show({ color: 'red', title: failure(t, key, row), message: `${problemText(t, error)} ${t('composer.kept')}`, autoClose: 10_000 });
    return null;
  }
}

function startNow(agent: string, key: DraftKey): { sending: Sending } {
  let sending: Sending | undefined;
  updateDraft(agent, key, (draft) => {
    const started = start(draft, newId);
    sending = started.sending;
    setOnItsWay(sending.commandId, true);
    return started;
  });
  if (!sending) throw new Error('nothing was started');
  return { sending };
}

function end(agent: string, key: DraftKey, sending: Sending, change: (draft: Draft) => Draft): void {
  setOnItsWay(sending.commandId, false);
  updateDraft(agent, key, change);
}

function failure(t: TFunction, key: DraftKey, row: Conversation | null): string {
  if (!row) return t('failed.start');
  const number = row.number;
  switch (modeOf(key)) {
    case 'note':
      return t('failed.notes', { number });
    case 'forward':
      return t('failed.forward', { number });
    case 'reply':
      return t('failed.reply', { number });
  }
}
