import { queryOptions, useQuery } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { components } from '@/api/schema';
import type { ContactPoint, Conversation } from '@/api/types';
import { sessionOptions } from '@/conversation/queries';
import { customerOptions } from '@/customer/queries';
import { inboxSettingsOptions, type SaveTemplate, type Template as Kept, templatesOptions } from '@/settings/queries';
import { type Template, type Values, valuesOf } from './templates';

type Rendered = components['schemas']['Rendered'];

/** Saved replies, as the composer needs them. */
export const savedReplies = {
  ...templatesOptions,
  select: (kept: Kept[]): Template[] => kept.map(({ id, template }) => savedReply(id, template)),
};

export function savedReply(id: string, template: SaveTemplate): Template {
  const { name, shortcut = '', text, html = null, variants = [] } = template;
  return { id, name, shortcut, text, html, variants: variants.map((each) => ({ ...each, html: each.html ?? null })) };
}

/** The language in which the customer of a conversation writes, as the server tells with a template that has several. */
export function theirLanguageOptions(conversation: string, template: string) {
  return queryOptions({
    queryKey: ['templates', template, 'rendered', conversation],
    queryFn: ({ signal }) => get<Rendered>(`/templates/${template}/rendered`, { conversation_id: conversation }, signal),
    select: (rendered) => rendered.language ?? null,
    staleTime: 60_000,
  });
}

/** What the variables of a template stand for in a conversation, or in a mail to somebody. */
export function useValues(row: Conversation | undefined, to?: ContactPoint, account?: string | null): Values {
  const { data: me } = useQuery(sessionOptions);
  const contact = row?.contact ?? to ?? { kind: 'email', value: '' };
  const { data: card } = useQuery({ ...customerOptions({ customer_id: row?.customer_id ?? null, contact }), enabled: contact.value !== '' });
  const { data: inboxes } = useQuery({ ...inboxSettingsOptions, staleTime: 300_000 });
  const inbox = inboxes?.find((each) => each.account === (row?.account ?? account));
  return valuesOf({ row, to, card, agent: me, inbox: inbox && { name: inbox.settings.name, store: inbox.settings.store ?? '' } });
}
