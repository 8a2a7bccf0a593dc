/** What an agent does to a conversation: shown at once, sent once, taken back with a clear message if refused. */
import { notifications } from '@mantine/notifications';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import i18next, { type TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { command, Problem } from '@/api/client';
import type { ContactPoint, Conversation, Priority, SystemItem } from '@/api/types';
import { formatter, regional } from '@/app/format';
import { newId } from '@/app/ids';
import { problemText } from '@/app/problems';
import { showUndo } from '@/app/toasts';
import { countsOptions } from '@/inbox/queries';
import { ruleNamesOptions } from '@/settings/queries';
import { flushDrafts } from './draftStore';
import { agentsOptions, conversationOptions, refreshTimeline, sessionOptions, spread, timelineOptions } from './queries';
import { joined, wordsOf } from './sentence';
import { itemsOf } from './timeline';

export type Action =
  | { name: 'assign'; assignee: string | null }
  | { name: 'labels/add'; label: string }
  | { name: 'labels/remove'; label: string }
  | { name: 'snooze'; until: string }
  | { name: 'close'; undo?: true }
  | { name: 'reopen'; undo?: true }
  | { name: 'archive' }
  | { name: 'follow'; agent_id: string }
  | { name: 'unfollow'; agent_id: string }
  | { name: 'priority'; priority: Priority }
  | { name: 'queue'; queue: string | null }
  | { name: 'participants/add'; contact: ContactPoint }
  | { name: 'participants/remove'; contact: ContactPoint }
  | { name: 'retry-delivery'; message_id: string };

/** Those that take the conversation off the desk; each can be undone. */
export type Dismissal = Extract<Action, { name: 'close' | 'archive' | 'snooze' }>;

/** How the conversation will look once the server has agreed. */
export function expected(row: Conversation, action: Action): Conversation {
  switch (action.name) {
    case 'assign':
      return { ...row, assignee: action.assignee };
    case 'labels/add':
      return { ...row, labels: [...new Set([...row.labels, action.label])] };
    case 'labels/remove':
      return { ...row, labels: row.labels.filter((label) => label !== action.label) };
    case 'snooze':
      return { ...row, status: 'snoozed', snoozed_until: action.until };
    case 'close':
      return { ...row, status: 'closed', snoozed_until: null, waiting_since: null, undelivered: false };
    case 'reopen':
      return { ...row, status: 'open', snoozed_until: null };
    case 'archive':
      return { ...row, status: 'archived', snoozed_until: null, waiting_since: null, undelivered: false };
    case 'follow':
      return { ...row, followers: [...new Set([...row.followers, action.agent_id])] };
    case 'unfollow':
      return { ...row, followers: row.followers.filter((id) => id !== action.agent_id) };
    case 'priority':
      return { ...row, priority: action.priority };
    case 'queue':
      return { ...row, queue: action.queue };
    case 'participants/add':
    case 'participants/remove':
    case 'retry-delivery':
      return row;
  }
}

/** What brings back a conversation that has been dismissed to how it was before, one after the other. */
export function undoing(before: Conversation, dismissal: Dismissal, now: Date): Action[] {
  const asleep = before.status === 'snoozed' && before.snoozed_until && new Date(before.snoozed_until) > now;
  const reopen: Action = { name: 'reopen', undo: true };
  if (asleep && before.snoozed_until) {
    const snooze: Action = { name: 'snooze', until: before.snoozed_until };
    return dismissal.name === 'snooze' ? [snooze] : [reopen, snooze];
  }
  return before.status === 'closed' ? [reopen, { name: 'close', undo: true }] : [reopen];
}

/** What brings back one that was reopened; nothing where a colleague has decided since, or its time has come. */
export function undoingReopen(before: Conversation, after: Conversation, now: Date): Action[] {
  if (after.status !== 'open') return [];
  switch (before.status) {
    case 'closed':
      return [{ name: 'close', undo: true }];
    case 'archived':
      return [{ name: 'archive' }];
    case 'snoozed':
      return before.snoozed_until && new Date(before.snoozed_until) > now ? [{ name: 'snooze', until: before.snoozed_until }] : [];
    default:
      return [];
  }
}

/** What goes with the command. One who takes a free conversation does not take it from a colleague who was quicker. */
function fieldsOf(row: Conversation, { name, ...fields }: Action): Record<string, unknown> {
  const claim = name === 'assign' && row.assignee === null && row.status === 'open';
  return claim ? { ...fields, only_if_unassigned: true } : fields;
}

/** Carry out an action: shown at once, and taken back when it is refused. Raises the refusal. */
export async function carryOut(client: QueryClient, row: Conversation, action: Action): Promise<void> {
  spread(client, expected(row, action));
  try {
    const { conversation } = await command(row.id, action.name, { command_id: newId(), ...fieldsOf(row, action) });
    spread(client, conversation);
  } catch (error) {
    await takeBack(client, row);
    throw error;
  }
}

/** Carry out an action. Resolves to whether it was accepted; a refusal has been told to the agent by then. */
export async function perform(client: QueryClient, t: TFunction, row: Conversation, action: Action): Promise<boolean> {
  try {
    await carryOut(client, row, action);
  } catch (error) {
    const meanwhile = await whatHappened(client, t, row, error);
    notifications.show({ color: 'red', title: t(`failed.${action.name}`), message: [problemText(t, error), meanwhile].join(' ').trim(), autoClose: 10_000 });
    return false;
  }
  await refreshTimeline(client, row.id).catch(() => undefined); // the live stream brings it as well
  void client.invalidateQueries({ queryKey: countsOptions.queryKey });
  return true;
}

/** Of a command that came too late: who did what since the screen was up to date, as a sentence. */
async function whatHappened(client: QueryClient, t: TFunction, row: Conversation, error: unknown): Promise<string> {
  if (!(error instanceof Problem) || error.status !== 409) return '';
  await refreshTimeline(client, row.id).catch(() => undefined); // then the refusal alone has to do
  const timeline = client.getQueryData(timelineOptions(row.id).queryKey);
  const lines = timeline ? itemsOf(timeline).filter((item) => item.kind === 'system' && item.sequence > row.sequence) : [];
  const words = wordsOf(t, formatter(regional(i18next.language)), row, client.getQueryData(agentsOptions.queryKey), client.getQueryData(ruleNamesOptions.queryKey));
  return joined(lines as SystemItem[], words)
    .filter(({ to }) => !to)
    .map(({ text }) => `${text}.`)
    .join(' ');
}

/** Show again what the server has; if it does not answer, what was there before. */
async function takeBack(client: QueryClient, before: Conversation): Promise<void> {
  const options = conversationOptions(before.id);
  const truth = await client.fetchQuery({ ...options, staleTime: 0, retry: false }).catch(() => before);
  spread(client, truth, true);
}

/** Let a conversation go on in another one; raises the refusal. Resolves to the other one. */
export async function mergeInto(client: QueryClient, row: Conversation, into: string): Promise<Conversation> {
  // The server moves what it has of the drafts.
  await flushDrafts(client.getQueryData(sessionOptions.queryKey)?.id ?? '');
  const { conversation } = await command(row.id, 'merge', { command_id: newId(), into });
  spread(client, conversation);
  await client.fetchQuery({ ...conversationOptions(row.id), staleTime: 0 }).then((gone) => spread(client, gone, true), () => undefined);
  return conversation;
}

/** Give messages a conversation of their own; raises the refusal. Resolves to the new one. */
export async function splitOff(client: QueryClient, row: Conversation, messages: readonly string[]): Promise<Conversation> {
  const { conversation } = await command(row.id, 'split', { command_id: newId(), message_ids: messages });
  spread(client, conversation);
  await refreshTimeline(client, row.id).catch(() => undefined); // the live stream brings it as well
  return conversation;
}

/** Does something to the conversation on screen; resolves to whether it was accepted. */
export type Act = (action: Action) => Promise<boolean>;

/** The actions on one conversation, ready for buttons and keys. Closing and the like can be undone. */
export function useActions(row: Conversation | undefined) {
  const client = useQueryClient();
  const { t } = useTranslation();
  return useMemo(() => {
    const act: Act = (action) => (row ? perform(client, t, row, action) : Promise.resolve(false));
    return { act, actAndTell: (action: Dismissal) => actAndTell(client, t, row, action) };
  }, [client, t, row]);
}

async function actAndTell(client: QueryClient, t: TFunction, row: Conversation | undefined, action: Dismissal): Promise<void> {
  if (!row || !(await perform(client, t, row, action))) return;
  showUndo(t, t(`done.${action.name}`, { number: row.number }), () => void takeBackDismissal(client, t, row, action));
}

async function takeBackDismissal(client: QueryClient, t: TFunction, before: Conversation, dismissal: Dismissal): Promise<void> {
  for (const action of undoing(before, dismissal, new Date())) {
    if (!(await perform(client, t, latest(client, before), action))) return;
  }
}

/** The conversation as it is known now. */
export function latest(client: QueryClient, row: Conversation): Conversation {
  return client.getQueryData(conversationOptions(row.id).queryKey) ?? row;
}
