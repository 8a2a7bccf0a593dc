import { type QueryClient, queryOptions, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { get, Problem } from '@/api/client';
import type { Conversation, ConversationPage, CustomerCard, CustomerNote, LiveEvent } from '@/api/types';
import { onLive } from '@/live';

type Behind = Pick<Conversation, 'customer_id' | 'contact'>;

/** The customer of a conversation; null while nobody knows who is behind the contact point. */
export function customerOptions(row: Behind) {
  const contact = `${row.contact.kind}:${row.contact.value}`;
  return queryOptions({
    queryKey: ['customers', row.customer_id ?? contact] as const,
    queryFn: async ({ signal }) => {
      try {
        return row.customer_id
          ? await get<CustomerCard>(`/customers/${row.customer_id}`, {}, signal)
          : await get<CustomerCard>('/customers/lookup', { contact }, signal);
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
  });
}

const SHOWN = 30;
/** What happened while no panel was there to hear of it is told by reading anew: at once there is what was known. */
const UNHEARD = { staleTime: 0 } as const;

/** The newest conversations of whoever is behind this one, over all channels and in every status. */
export function conversationsOptions(row: Behind) {
  const query = row.customer_id ? { customer: [row.customer_id] } : { q: row.contact.value };
  return queryOptions({
    ...UNHEARD,
    queryKey: ['conversations', 'customer', row.customer_id ?? row.contact.value] as const,
    queryFn: ({ signal }) => get<ConversationPage>('/conversations', { ...query, limit: SHOWN }, signal),
  });
}

/** The newest notes in all conversations of a customer. */
export function notesOptions(customerId: string) {
  return queryOptions({
    ...UNHEARD,
    queryKey: ['customers', customerId, 'notes'] as const,
    queryFn: ({ signal }) => get<CustomerNote[]>(`/customers/${customerId}/notes`, {}, signal),
  });
}

const REFRESH_MS = 400;

/** Read a customer's conversations and notes anew when one of them changes, or one begins. */
export function useFreshHistory(row: Behind): void {
  const client = useQueryClient();
  const { customer_id: customerId } = row;
  const contact = row.contact.value;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const behind = { customer_id: customerId, contact: { kind: 'email' as const, value: contact, name: null } };
    const stop = onLive((event) => {
      if (timer || !concerns(client, behind, event)) return;
      timer = setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: conversationsOptions(behind).queryKey });
        if (customerId) void client.invalidateQueries({ queryKey: notesOptions(customerId).queryKey });
      }, REFRESH_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, customerId, contact]);
}

/** Whose conversation begins is not said: it may be this customer's. */
const MAY_BE_THEIRS = new Set(['conversation.opened', 'conversation.customer_linked']);

function concerns(client: QueryClient, behind: Behind, { type, conversation_id }: LiveEvent): boolean {
  if (MAY_BE_THEIRS.has(type)) return true;
  const known = client.getQueryData(conversationsOptions(behind).queryKey);
  return type.startsWith('conversation.') && (known?.items.some((each) => each.id === conversation_id) ?? false);
}
