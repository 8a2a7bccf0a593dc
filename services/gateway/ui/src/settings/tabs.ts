/** The pages of the settings, `/settings/<tab>`: the agent's own, then the shop's. */
export const SETTINGS_TABS = ['me', 'inboxes', 'rules', 'templates', 'labels'] as const;
