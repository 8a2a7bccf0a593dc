/** What an agent does to a conversation: shown at once, sent once, taken back with a clear message if refused. */
import { notifications } from '@mantine/notifications';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { command } from '@/api/client';
import type { Conversation, Priority } from '@/api/types';
import { problemText } from '@/app/problems';
import { showDone } from '@/app/toasts';
import { countsOptions } from '@/inbox/queries';
import { conversationOptions, refreshTimeline, spread } from './queries';

export type Action =
  | { name: 'assign'; assignee: string | null }
  | { name: 'labels/add'; label: string }
  | { name: 'labels/remove'; label: string }
  | { name: 'snooze'; until: string }
  | { name: 'close' }
  | { name: 'reopen' }
  | { name: 'archive' }
  | { name: 'follow'; agent_id: string }
  | { name: 'unfollow'; agent_id: string }
  | { name: 'priority'; priority: Priority }
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
      return { ...row, status: 'closed', snoozed_until: null, waiting_since: null };
    case 'reopen':
      return { ...row, status: 'open', snoozed_until: null };
    case 'archive':
      return { ...row, status: 'archived', snoozed_until: null, waiting_since: null };
    case 'follow':
      return { ...row, followers: [...new Set([...row.followers, action.agent_id])] };
    case 'unfollow':
      return { ...row, followers: row.followers.filter((id) => id !== action.agent_id) };
    case 'priority':
      return { ...row, priority: action.priority };
    case 'retry-delivery':
      return row;
  }
}

/** Carry out an action: shown at once, and taken back when it is refused. Raises the refusal. */
export async function carryOut(client: QueryClient, row: Conversation, action: Action): Promise<void> {
  const { name, ...fields } = action;
  const commandId = crypto.randomUUID();
  spread(client, expected(row, action));
  try {
    const { conversation } = await command(row.id, name, { command_id: commandId, ...fields });
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
    notifications.show({ color: 'red', title: t(`failed.${action.name}`), message: problemText(t, error), autoClose: 8000 });
    return false;
  }
  await refreshTimeline(client, row.id).catch(() => undefined); // the live stream brings it as well
  void client.invalidateQueries({ queryKey: countsOptions.queryKey });
  return true;
}

/** Show again what the server has; if it does not answer, what was there before. */
async function takeBack(client: QueryClient, before: Conversation): Promise<void> {
  const options = conversationOptions(before.id);
  const truth = await client.fetchQuery({ ...options, staleTime: 0, retry: false }).catch(() => before);
  spread(client, truth, true);
}

/** The actions on one conversation, ready for buttons and keys. Closing and the like can be undone. */
export function useActions(row: Conversation | undefined) {
  const client = useQueryClient();
  const { t } = useTranslation();
  return useMemo(() => {
    const act = (action: Action) => (row ? perform(client, t, row, action) : Promise.resolve(false));
    return { act, actAndTell: (action: Dismissal) => actAndTell(client, t, row, action) };
  }, [client, t, row]);
}

async function actAndTell(client: QueryClient, t: TFunction, row: Conversation | undefined, action: Dismissal): Promise<void> {
  if (!row || !(await perform(client, t, row, action))) return;
  const current = () => client.getQueryData(conversationOptions(row.id).queryKey) ?? row;
  showDone(t(`done.${action.name}`, { number: row.number }), t('undo'), () => {
    void perform(client, t, current(), { name: 'reopen' });
  });
}
