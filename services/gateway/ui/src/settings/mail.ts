/** How mail is doing: who may see it, and what somebody must look at. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { components } from '@/api/schema';
import { useMayChange } from '@/app/roles';

export type MailState = components['schemas']['MailState'];

const mailStateOptions = queryOptions({
  queryKey: ['mail', 'state'],
  queryFn: ({ signal }) => get<MailState>('/mail/state', {}, signal),
  refetchInterval: 60_000,
  staleTime: 30_000,
});

/** Asked only for those who can do something about it. */
export function useMailState() {
  const allowed = useMayChange();
  return { allowed, ...useQuery({ ...mailStateOptions, enabled: allowed }) };
}

/** Once may be a hiccup; it is tried again by itself. */
export const fails = (part: { failures: number }) => part.failures > 1;

/** Whether somebody must look at it. */
export const inTrouble = ({ mailboxes, relay }: MailState) =>
  fails(relay) || mailboxes.some((mailbox) => fails(mailbox) || mailbox.set_aside.length > 0);
