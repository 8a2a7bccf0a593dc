import { useQuery } from '@tanstack/react-query';
import type { ContactPoint, Conversation } from '@/api/types';
import { sessionOptions } from '@/conversation/queries';
import { customerOptions } from '@/customer/queries';
import { inboxSettingsOptions, templatesOptions } from '@/settings/queries';
import { type Template, type Values, valuesOf } from './templates';

/** Saved replies, as the composer needs them. */
export const savedReplies = {
  ...templatesOptions,
  select: (kept: { id: string; template: { name: string; shortcut?: string; text: string; html?: string | null } }[]): Template[] =>
    kept.map(({ id, template }) => ({ id, name: template.name, shortcut: template.shortcut ?? '', text: template.text, html: template.html ?? null })),
};

/** What the variables of a template stand for in a conversation, or in a mail to somebody. */
export function useValues(row: Conversation | undefined, to?: ContactPoint, account?: string | null): Values {
  const { data: me } = useQuery(sessionOptions);
  const contact = row?.contact ?? to ?? { kind: 'email', value: '' };
  const { data: card } = useQuery({ ...customerOptions({ customer_id: row?.customer_id ?? null, contact }), enabled: contact.value !== '' });
  const { data: inboxes } = useQuery({ ...inboxSettingsOptions, staleTime: 300_000 });
  const inbox = inboxes?.find((each) => each.account === (row?.account ?? account));
  return valuesOf({ row, to, card, agent: me, inbox: inbox && { name: inbox.settings.name, store: inbox.settings.store ?? '' } });
}
