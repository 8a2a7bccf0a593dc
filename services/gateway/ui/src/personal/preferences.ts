/** How the agent likes to work: kept by the server, the same in every browser. */
import { useMantineColorScheme } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useLayoutEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { change, get } from '@/api/client';
import type { Preferences } from '@/api/types';
import { followLanguage } from '@/app/i18n';
import { problemText } from '@/app/problems';

const DEFAULTS: Preferences = {
  enter_to_send: false,
  undo_seconds: 5,
  sound: true,
  desktop: false,
  shortcuts: true,
  language: 'auto',
  theme: 'auto',
};

export const preferencesOptions = queryOptions({
  queryKey: ['preferences'],
  queryFn: ({ signal }) => get<Preferences>('/preferences', {}, signal),
  staleTime: Infinity,
});

/** The agent's preferences; the app is not shown before they are known. */
export function usePreferences(): Preferences {
  return useQuery(preferencesOptions).data ?? DEFAULTS;
}

/** Change some: at once on this screen, and back again if the server refuses. */
export function useSetPreferences(): (fields: Partial<Preferences>) => void {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { queryKey } = preferencesOptions;
  const { mutate } = useMutation({
    mutationKey: queryKey,
    scope: { id: 'preferences' }, // one after another, so that the last one wins
    mutationFn: (fields: Partial<Preferences>) => savePreferences(client, fields),
    onError: (error) => notifications.show({ color: 'red', title: t('failed.preferences'), message: problemText(t, error) }),
    onSettled: () => {
      // What was read meanwhile may lack it.
      if (client.isMutating({ mutationKey: queryKey }) === 1) void client.invalidateQueries({ queryKey });
    },
  });
  return (fields) => {
    // What is being read now is older than this choice.
    void client.cancelQueries({ queryKey }, { revert: false });
    show(client, fields);
    mutate(fields);
  };
}

/** Put these beside what the server has. */
export async function savePreferences(client: QueryClient, fields: Partial<Preferences>): Promise<void> {
  await client.ensureQueryData(preferencesOptions);
  await change<Preferences>('PUT', '/preferences', show(client, fields));
}

function show(client: QueryClient, fields: Partial<Preferences>): Preferences {
  const next = { ...(client.getQueryData(preferencesOptions.queryKey) ?? DEFAULTS), ...fields };
  client.setQueryData(preferencesOptions.queryKey, next);
  return next;
}

let shortcuts = DEFAULTS.shortcuts;

/** Whether single keys do something: also asked where there is no component. */
export function shortcutsOn(): boolean {
  return shortcuts;
}

/** Make the app follow the preferences, also those that another browser of the agent has changed. */
export function useFollowPreferences(): void {
  const preferences = usePreferences();
  const { setColorScheme } = useMantineColorScheme();
  const { theme, language } = preferences;
  useLayoutEffect(() => setColorScheme(theme), [theme, setColorScheme]);
  useEffect(() => void followLanguage(language), [language]);
  useEffect(() => {
    shortcuts = preferences.shortcuts;
  }, [preferences.shortcuts]);
}
