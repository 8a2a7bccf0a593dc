/** The drafts of this browser, shared by everything that shows them, and the way from a draft to the server. */
import { notifications } from '@mantine/notifications';
import type { QueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useCallback, useSyncExternalStore } from 'react';
import { command, isUncertain } from '@/api/client';
import type { Conversation } from '@/api/types';
import { problemText } from '@/app/problems';
import { countsOptions } from '@/inbox/queries';
import { type Draft, finish, load, restore, save, type Sending, start } from './draft';
import { conversationOptions, refreshTimeline, sessionOptions, spread } from './queries';

const drafts = new Map<string, Draft>();
const inFlight = new Set<string>();
const listeners = new Set<() => void>();

function read(agent: string, conversation: string): Draft {
  const key = `${agent} ${conversation}`;
  let draft = drafts.get(key);
  if (!draft) drafts.set(key, (draft = load(localStorage, agent, conversation)));
  return draft;
}

function update(agent: string, conversation: string, change: (draft: Draft) => Draft): Draft {
  const draft = change(read(agent, conversation));
  drafts.set(`${agent} ${conversation}`, draft);
  save(localStorage, agent, conversation, draft);
  listeners.forEach((listener) => listener());
  return draft;
}

/** The draft of a conversation and how to change it. */
export function useDraft(agent: string, conversation: string) {
  const draft = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => read(agent, conversation),
  );
  const change = useCallback(
    (fields: Partial<Draft> | ((draft: Draft) => Partial<Draft>)) =>
      update(agent, conversation, (old) => ({ ...old, ...(typeof fields === 'function' ? fields(old) : fields) })),
    [agent, conversation],
  );
  return { draft, change, onItsWay: draft.sending && inFlight.has(draft.sending.commandId) ? draft.sending : null };
}

export type Then = { name: 'nothing' } | { name: 'close' } | { name: 'snooze'; until: string };

function expected(row: Conversation, sending: Sending, then: Then): Conversation {
  if (sending.mode === 'note') return row;
  const answered = { ...row, waiting_since: null, preview: sending.text.slice(0, 140) };
  if (then.name === 'close') return { ...answered, status: 'closed' };
  return then.name === 'snooze' ? { ...answered, status: 'snoozed', snoozed_until: then.until } : answered;
}

function request(sending: Sending, then: Then): { action: string; body: Record<string, unknown> } {
  if (sending.mode === 'note') return { action: 'notes', body: { text: sending.text } };
  return {
    action: 'reply',
    body: {
      text: sending.text,
      attachments: sending.attachments,
      cc: sending.cc.map((value) => ({ kind: 'email', value })),
      then: then.name,
      snooze_until: then.name === 'snooze' ? then.until : null,
    },
  };
}

/** Send what is written. If it is refused, or nobody answers, everything is back in the composer. */
export async function sendDraft(client: QueryClient, t: TFunction, row: Conversation, then: Then): Promise<boolean> {
  const agent = client.getQueryData(sessionOptions.queryKey)?.id ?? '';
  if (read(agent, row.id).sending && inFlight.has(read(agent, row.id).sending?.commandId ?? '')) return false;
  const { sending } = update(agent, row.id, (draft) => start(draft, () => crypto.randomUUID()));
  if (!sending) return false;
  return deliver(client, t, row, sending, then, (change) => update(agent, row.id, change));
}

async function deliver(
  client: QueryClient,
  t: TFunction,
  row: Conversation,
  sending: Sending,
  then: Then,
  keep: (change: (draft: Draft) => Draft) => void,
): Promise<boolean> {
  inFlight.add(sending.commandId);
  keep((draft) => draft);
  spread(client, expected(row, sending, then));
  const { action, body } = request(sending, then);
  try {
    const { conversation } = await command(row.id, action, { command_id: sending.commandId, ...body });
    spread(client, conversation);
    await refreshTimeline(client, row.id).catch(() => undefined); // the live stream brings it as well
    inFlight.delete(sending.commandId);
    keep(finish);
    void client.invalidateQueries({ queryKey: countsOptions.queryKey });
    return true;
  } catch (error) {
    inFlight.delete(sending.commandId);
    keep((draft) => restore(draft, isUncertain(error)));
    const options = conversationOptions(row.id);
    spread(client, await client.fetchQuery({ ...options, staleTime: 0, retry: false }).catch(() => row), true);
    const title = t(sending.mode === 'note' ? 'failed.notes' : 'failed.reply', { number: row.number });
    notifications.show({ color: 'red', title, message: `${problemText(t, error)} ${t('composer.kept')}`, autoClose: 10_000 });
    return false;
  }
}
