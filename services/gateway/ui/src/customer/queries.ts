import { queryOptions } from '@tanstack/react-query';
import { get, Problem } from '@/api/client';
import type { Conversation, CustomerCard } from '@/api/types';

/** The customer of a conversation; null while nobody knows who is behind the contact point. */
export function customerOptions(row: Conversation) {
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
