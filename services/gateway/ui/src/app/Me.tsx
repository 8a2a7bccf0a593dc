import { Menu, UnstyledButton } from '@mantine/core';
import { IconCheck, IconLogout } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { notifications } from '@mantine/notifications';
import { change } from '@/api/client';
import type { Presence, PresenceView } from '@/api/types';
import { flushDrafts, forgetDrafts } from '@/conversation/draftStore';
import { presenceOptions, sessionOptions } from '@/conversation/queries';
import classes from './Me.module.css';
import { Initials } from './people';
import { problemText } from './problems';
import { useWorks } from './roles';

export const STATES = ['online', 'paused', 'offline'] as const satisfies readonly Presence[];

/** The agent's own menu: presence and signing out. The state is a shape as well as a colour. */
export function Me() {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const { data: everybody } = useQuery(presenceOptions);
  const works = useWorks();
  const signOut = useSignOut();
  const setPresence = useSetPresence();
  const presence = everybody?.find((each) => each.agent_id === me?.id)?.presence ?? 'offline';
  if (!me) return null;
  return (
    <Menu position="right-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes.me} aria-label={works ? t('me.menu', { name: me.name, presence: t(`presence.${presence}`) }) : me.name}>
          <Initials name={me.name} seed={me.id} size={32} />
          {works ? <span className={classes.dot} data-presence={presence} /> : null}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <strong className="n-clip">{me.name}</strong>
          <span className="n-clip">{me.email}</span>
        </div>
        <Menu.Divider />
        {works ? (
          <>
            {STATES.map((state) => (
              <Menu.Item
                key={state}
                leftSection={<span className={classes.dotInMenu} data-presence={state} />}
                rightSection={state === presence ? <IconCheck size={14} /> : null}
                onClick={() => setPresence(state)}
              >
                {t(`presence.${state}`)}
              </Menu.Item>
            ))}
            <Menu.Divider />
          </>
        ) : null}
        <Menu.Item leftSection={<IconLogout size={15} stroke={1.6} />} onClick={signOut}>
          {t('me.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Go online, pause, or go offline. */
export function useSetPresence(): (presence: Presence) => void {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (next: Presence) => change<PresenceView>('PUT', '/presence', { presence: next }),
    onSuccess: (view) =>
      client.setQueryData(presenceOptions.queryKey, (all = []) => [
        ...all.filter((each) => each.agent_id !== view.agent_id),
        view,
      ]),
    onError: (error) =>
      notifications.show({ color: 'red', title: t('failed.presence'), message: problemText(t, error) }),
  });
  return mutate;
}

/** End the session and forget what it showed. */
export function useSignOut(): () => void {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { mutate } = useMutation({
    mutationFn: async () => {
      const agent = client.getQueryData(sessionOptions.queryKey)?.id ?? '';
      await flushDrafts(agent);
      await change('DELETE', '/session');
      return agent;
    },
    onSuccess: async (agent) => {
      client.clear();
      await navigate({ to: '/login', search: {} });
      forgetDrafts(agent);
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: t('failed.signOut'), message: problemText(t, error) }),
  });
  return mutate;
}
