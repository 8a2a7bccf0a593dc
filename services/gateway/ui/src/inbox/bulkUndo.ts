/** What was done to many conversations, in words, and the way back. */
import { notifications } from '@mantine/notifications';
import type { QueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import type { Conversation } from '@/api/types';
import { showUndo } from '@/app/toasts';
import { type Action, undoing, undoingReopen } from '@/conversation/commands';
import { agentsOptions } from '@/conversation/queries';
import type { Mark, Run, Step } from './bulk';

/** Say that the step is done to these rows, and offer to undo it. They are as they were before it. */
export function tell(client: QueryClient, t: TFunction, done: readonly Conversation[], step: Step, run: Run): void {
  const words = told(client, t, done, step);
  if (done[0] && words && reversal(done[0], done[0], step)) showUndo(t, words, () => void run(done, { name: 'undo', undone: step }));
  else if (words) notifications.show({ message: words });
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
    case 'reopen':
      return undoingReopen(before, now, new Date());
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
