import { useWorks } from '@/app/roles';

/** The pages of the settings, `/settings/<tab>`: the agent's own, then the shop's. */
const TABS = ['me', 'inboxes', 'rules', 'templates', 'labels'] as const;

/** Those that whoever has signed in may see. */
export function useSettingsTabs(): readonly (typeof TABS)[number][] {
  return useWorks() ? TABS : ['me'];
}
