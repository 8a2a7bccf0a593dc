/** One step for many conversations: each a command of its own, and a clear list of what was refused. */
import { notifications } from '@mantine/notifications';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { command } from '@/api/client';
import type { Conversation } from '@/api/types';
import { newId } from '@/app/ids';
import { showUndo } from '@/app/toasts';
import { type Action, carryOut, latest, undoing } from '@/conversation/commands';
import { agentsOptions } from '@/conversation/queries';
import { countsOptions, LISTS } from './queries';
import { setUnread } from './readState';

type Mark = { name: 'read' } | { name: 'unread' };
export type Step = Action | Mark | { name: 'merge'; into: string } | { name: 'undo'; undone: Step };

export interface Refusal {
  row: Conversation;
  error: unknown;
}

export interface Progress {
  step: Step;
  total: number;
  done: number;
  refused: readonly Refusal[];
}

/** Requests under way at a time: quick, and others still get their turn. */
const AT_ONCE = 4;

/** Do it for every row, a few at a time; `tell` hears of each that is done. Resolves to what was refused. */
export async function forEach(
  rows: readonly Conversation[],
  act: (row: Conversation) => Promise<unknown>,
  tell: (done: number, refused: readonly Refusal[]) => void,
): Promise<readonly Refusal[]> {
  const waiting = rows.values();
  let done = 0;
  let refused: readonly Refusal[] = [];
  const work = async () => {
    for (const row of waiting) {
      await act(row).catch((error: unknown) => {
        refused = [...refused, { row, error }];
      });
      done += 1;
      tell(done, refused);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return refused;
}

async function take(client: QueryClient, row: Conversation, step: Step): Promise<void> {
  switch (step.name) {
    case 'read':
    case 'unread':
      return setUnread(client, row, step.name === 'unread');
    case 'merge':
      await command(row.id, 'merge', { command_id: newId(), into: step.into });
      return;
    case 'undo':
      for (const back of reversal(row, latest(client, row), step.undone) ?? []) await take(client, latest(client, row), back);
      return;
    default:
      return carryOut(client, row, step);
  }
}

/**
 * What brings back one that is now so to what it was before the step; nothing where a colleague has decided since.
 * Undefined for steps that cannot be undone.
 */
export function reversal(before: Conversation, now: Conversation, step: Step): (Action | Mark)[] | undefined {
  switch (step.name) {
    case 'close':
    case 'archive':
    case 'snooze':
      return undoing(before, step, new Date());
    case 'labels/add':
      return before.labels.includes(step.label) ? [] : [{ name: 'labels/remove', label: step.label }];
    case 'labels/remove':
      return before.labels.includes(step.label) ? [{ name: 'labels/add', label: step.label }] : [];
    case 'assign':
      return before.assignee === step.assignee || now.assignee !== step.assignee ? [] : [{ name: 'assign', assignee: before.assignee }];
    case 'read':
      return before.unread ? [{ name: 'unread' }] : [];
    case 'unread':
      return before.unread ? [] : [{ name: 'read' }];
    default:
      return undefined;
  }
}

/** What was done, in words; undefined where it shows by itself. */
function told(client: QueryClient, t: TFunction, done: readonly Conversation[], step: Step): string | undefined {
  const words = (what: string) => t('bulk.done', { what, count: done.length });
  switch (step.name) {
    case 'close':
    case 'archive':
    case 'snooze':
      return done.length === 1 && done[0] ? t(`done.${step.name}`, { number: done[0].number }) : words(t(`bulk.did.${step.name}`));
    case 'reopen':
    case 'read':
    case 'unread':
      return words(t(`bulk.did.${step.name}`));
    case 'labels/add':
    case 'labels/remove':
      return words(t(`bulk.did.${step.name}`, { name: step.label }));
    case 'assign': {
      const agent = client.getQueryData(agentsOptions.queryKey)?.find((each) => each.id === step.assignee);
      return words(step.assignee ? t('bulk.did.assign', { name: agent?.name ?? t('agent.former') }) : t('assignee.none'));
    }
    default:
      return undefined;
  }
}

/** The step that is under way, and how to begin one. One that was refused somewhere stays until it is let go. */
export function useBulk() {
  const client = useQueryClient();
  const { t } = useTranslation();
  const [progress, setProgress] = useState<Progress>();
  const run = useCallback(
    async (rows: readonly Conversation[], step: Step): Promise<readonly Refusal[]> => {
      setProgress({ step, total: rows.length, done: 0, refused: [] });
      const refused = await forEach(
        rows,
        (row) => take(client, row, step),
        (done, sofar) => setProgress({ step, total: rows.length, done, refused: sofar }),
      );
      if (refused.length === 0) setProgress(undefined);
      void client.invalidateQueries({ queryKey: countsOptions.queryKey });
      if (step.name === 'merge') void client.invalidateQueries({ queryKey: LISTS });
      const failed = new Set(refused.map(({ row }) => row.id));
      const done = rows.filter((row) => !failed.has(row.id));
      const words = done[0] && told(client, t, done, step);
      // By the rows as they were: each goes back to where it came from.
      if (done[0] && words && reversal(done[0], done[0], step)) showUndo(t, words, () => void run(done, { name: 'undo', undone: step }));
      else if (words) notifications.show({ message: words });
      return refused;
    },
    [client, t],
  );
  return { progress, run, letGo: useCallback(() => setProgress(undefined), []) };
}

export type Bulk = ReturnType<typeof useBulk>;
