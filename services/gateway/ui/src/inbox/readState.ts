/** Read and unread, per agent, kept by the server: shown at once, told to the server, taken back if that fails. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { notifications } from '@mantine/notifications';
import { change } from '@/api/client';
import type { Conversation } from '@/api/types';
import { amend } from '@/app/amend';
import { problemText } from '@/app/problems';
import { conversationOptions, marked, refreshRow, spread, timelineOptions } from '@/conversation/queries';
import type { TimelinePages } from '@/conversation/timeline';
import { countsOptions } from './queries';

/** Tell the server. Raises what the request raises; by then the screen shows again what was before. */
export async function setUnread(client: QueryClient, row: Conversation, unread: boolean): Promise<void> {
  const current = () => client.getQueryData(conversationOptions(row.id).queryKey) ?? row;
  const before = current().unread;
  show(client, current(), unread);
  try {
    if (unread) await change('POST', `/conversations/${row.id}/unread`, {});
    else await change('POST', `/conversations/${row.id}/read`, { sequence: row.sequence });
  } catch (error) {
    show(client, current(), before);
    throw error;
  }
  if (!unread) rememberSeen(client, row);
  marked(row.id);
  void client.invalidateQueries({ queryKey: countsOptions.queryKey });
  // What was asked for before the server had taken it, and came since, said otherwise.
  if (current().unread !== unread) await refreshRow(client, row.id).catch(() => undefined);
}

function show(client: QueryClient, row: Conversation, unread: boolean): void {
  if (row.unread === unread) return;
  spread(client, { ...row, unread });
  client.setQueryData(countsOptions.queryKey, (counts) =>
    // A capped figure stands for more than it says, so there is nothing to add to it.
    counts && counts.unread < counts.cap ? { ...counts, unread: Math.max(0, counts.unread + (unread ? 1 : -1)) } : counts,
  );
}

/** A thread that is opened again from the cache begins after what was read in it. */
function rememberSeen(client: QueryClient, row: Conversation): void {
  amend<TimelinePages>(client, timelineOptions(row.id).queryKey, (timeline) => ({
    ...timeline,
    pages: timeline.pages.map((page) => ({ ...page, seen: Math.max(page.seen, row.sequence) })),
  }));
}

/** Read state for buttons and keys: a failure is told to the agent. */
export function useReadState() {
  const client = useQueryClient();
  const { t } = useTranslation();
  return useMemo(() => readState(client, t), [client, t]);
}

function readState(client: QueryClient, t: TFunction) {
  const set = (row: Conversation, unread: boolean) =>
    setUnread(client, row, unread).catch((error: unknown) => {
      notifications.show({ color: 'red', title: t(unread ? 'failed.unread' : 'failed.read'), message: problemText(t, error), autoClose: 8000 });
    });
  return {
    toggle: (row: Conversation) => void set(row, !row.unread),
    /** What is on screen is read. Nobody asked for it, so nobody is told when it fails: it stays unread. */
    see: (row: Conversation) => {
      void setUnread(client, row, false).catch(() => undefined);
    },
  };
}
