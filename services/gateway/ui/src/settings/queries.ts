import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { change, get } from '@/api/client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type ShopSettings = Schemas['ShopSettings'];
export type InboxSettings = Schemas['InboxSettings'];
export type SaveInbox = Schemas['SaveInbox'];
export type OpeningHours = Schemas['OpeningHours'];
export type Interval = Schemas['Interval'];
export type Rule = Schemas['Rule'];
export type RuleName = Schemas['RuleName'];
export type SaveRule = Schemas['SaveRule'];
export type Preview = Schemas['Preview'];
export type Template = Schemas['Template'];
export type SaveTemplate = Schemas['SaveTemplate'];
export type Label = Schemas['LabelView'];
export type Colour = Schemas['Colour'];

/** The shop as a whole: its time zone. */
export const shopOptions = queryOptions({
  queryKey: ['settings', 'shop'],
  queryFn: ({ signal }) => get<ShopSettings>('/settings/shop', {}, signal),
  staleTime: 300_000,
});

export const inboxSettingsOptions = queryOptions({
  queryKey: ['settings', 'inboxes'],
  queryFn: ({ signal }) => get<InboxSettings[]>('/settings/inboxes', {}, signal),
});

export const holidayCountriesOptions = queryOptions({
  queryKey: ['settings', 'holidays'],
  queryFn: ({ signal }) => get<Schemas['HolidayCountry'][]>('/settings/holidays', {}, signal),
  staleTime: Infinity,
});

export const rulesOptions = queryOptions({
  queryKey: ['settings', 'rules'],
  queryFn: ({ signal }) => get<Rule[]>('/settings/rules', {}, signal),
  staleTime: 60_000,
});

/** What rules are called, deleted ones as well: what they did stays. */
export const ruleNamesOptions = queryOptions({
  queryKey: ['settings', 'rules', 'names'],
  queryFn: ({ signal }) => get<RuleName[]>('/settings/rules/names', {}, signal),
  staleTime: 60_000,
});

export const templatesOptions = queryOptions({
  queryKey: ['templates'],
  queryFn: ({ signal }) => get<Template[]>('/templates', {}, signal),
  staleTime: 60_000,
});

export const labelUsesOptions = (name: string) =>
  queryOptions({
    queryKey: ['labels', 'uses', name],
    queryFn: ({ signal }) => get<Schemas['LabelUses']>(`/labels/${encodeURIComponent(name)}/uses`, {}, signal),
    staleTime: 0,
  });

export const saveShop = (shop: Schemas['SaveShop']) => change<ShopSettings>('PUT', '/settings/shop', shop);
export const saveInbox = (account: string, inbox: SaveInbox) =>
  change<InboxSettings>('PUT', `/settings/inboxes/${encodeURIComponent(account)}`, inbox);
export const saveRule = (id: string | null, rule: SaveRule) =>
  id ? change<Rule>('PUT', `/settings/rules/${id}`, rule) : change<Rule>('POST', '/settings/rules', rule);
export const deleteRule = (id: string) => change<void>('DELETE', `/settings/rules/${id}`);
export const tryRule = (rule: SaveRule) => change<Preview>('POST', '/settings/rules/preview', { rule });
export const saveTemplate = (id: string | null, template: SaveTemplate) =>
  id ? change<Template>('PUT', `/templates/${id}`, template) : change<Template>('POST', '/templates', template);
export const deleteTemplate = (id: string) => change<void>('DELETE', `/templates/${id}`);
export const saveLabel = (name: string | null, label: Schemas['SaveLabel']) =>
  name ? change<Label>('PUT', `/labels/${encodeURIComponent(name)}`, label) : change<Label>('POST', '/labels', label);
export const deleteLabel = (name: string) => change<void>('DELETE', `/labels/${encodeURIComponent(name)}`);

/** What a rule is called, or was when it was deleted. */
export function useRuleName(): (id: string | null | undefined) => string {
  const { t } = useTranslation();
  const { data: rules = [] } = useQuery(ruleNamesOptions);
  return (id) => {
    const rule = rules.find((each) => each.id === id);
    return rule ? t('shop.rule.named', { name: rule.name }) : t('actor.rule');
  };
}
