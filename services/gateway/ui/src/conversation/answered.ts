import type { Conversation } from '@/api/types';

/** Whether the last word was ours: nobody waits in it, and it is more than an automatic mail that wants no answer. */
export function isAnswered(row: Conversation): boolean {
  return row.status === 'open' && row.waiting_since === null && !row.automatic;
}
