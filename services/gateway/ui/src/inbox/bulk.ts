/** One step for many conversations: each a command of its own, and a clear list of what was refused. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { type Action, carryOut, latest, mergeInto } from '@/conversation/commands';
import { countsOptions, LISTS } from './queries';
import { setUnread } from './readState';

export type Mark = { name: 'read' } | { name: 'unread' };
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

/** Do it for every row. Resolves to what was refused. */
export type Run = (rows: readonly Conversation[], step: Step) => Promise<readonly Refusal[]>;

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
      await mergeInto(client, row, step.into);
      return;
    case 'undo':
      for (const back of (await import('./bulkUndo')).reversal(row, latest(client, row), step.undone) ?? []) await take(client, latest(client, row), back);
      return;
    default:
      return carryOut(client, row, step);
  }
}

/** The step that is under way, and how to begin one. One that was refused somewhere stays until it is let go. */
export function useBulk() {
  const client = useQueryClient();
  const { t } = useTranslation();
  const [progress, setProgress] = useState<Progress>();
  const run: Run = useCallback(
    async (rows, step) => {
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
      if (done.length > 0) void import('./bulkUndo').then(({ tell }) => tell(client, t, done, step, run));
      return refused;
    },
    [client, t],
  );
  return { progress, run, letGo: useCallback(() => setProgress(undefined), []) };
}

export type Bulk = ReturnType<typeof useBulk>;
