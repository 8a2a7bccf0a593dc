import { Menu, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconLogout } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { notifications } from '@mantine/notifications';
import { change } from '@/api/client';
import type { PresenceView } from '@/api/types';
import { flushDrafts, forgetDrafts } from '@/conversation/draftStore';
import { presenceOptions, sessionOptions } from '@/conversation/queries';
import classes from './Me.module.css';
import { Initials } from './people';
import { CHOICES, presenceText, reasonText, type Said } from './presence';
import { problemText } from './problems';
import { useWorks } from './roles';

const PauseDialog = lazy(() => import('./PauseDialog'));

/** The agent's own menu: presence and signing out. The state is a shape as well as a colour. */
export function Me() {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const { data: everybody } = useQuery(presenceOptions);
  const works = useWorks();
  const signOut = useSignOut();
  const setPresence = useSetPresence();
  const [asking, dialog] = useDisclosure();
  if (!me) return null;
  const now: Said = everybody?.find((each) => each.agent_id === me.id) ?? { presence: 'offline' };
  return (
    <Menu position="right-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes.me} aria-label={works ? t('me.menu', { name: me.name, presence: presenceText(t, now) }) : me.name}>
          <Initials name={me.name} seed={me.id} size={32} />
          {works ? <span className={classes.dot} data-presence={now.presence} /> : null}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <strong className="n-clip">{me.name}</strong>
          <span className="n-clip">{me.email}</span>
        </div>
        <Menu.Divider />
        {works ? <PresenceItems now={now} onPick={setPresence} onOther={dialog.open} /> : null}
        <Menu.Item leftSection={<IconLogout size={15} stroke={1.6} />} onClick={signOut}>
          {t('me.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
      <Suspense>{asking ? <PauseDialog onClose={dialog.close} onPause={(reason) => setPresence({ presence: 'paused', reason })} /> : null}</Suspense>
    </Menu>
  );
}

/** The states, the usual reasons under the pause that they are for, and a reason in other words. */
function PresenceItems({ now, onPick, onOther }: { now: Said; onPick: (said: Said) => void; onOther: () => void }) {
  const { t } = useTranslation();
  const chosen = CHOICES.find((each) => each.presence === now.presence && (each.reason ?? null) === (now.reason ?? null));
  const check = <IconCheck size={14} role="img" aria-label={t('chosen')} />;
  return (
    <>
      {CHOICES.map((said) => {
        const { presence, reason } = said;
        return [
          presence === 'offline' ? (
            <Menu.Item key="other" className={classes.reason} onClick={onOther} rightSection={chosen ? null : check}>
              {chosen || !now.reason ? t('presence.other') : now.reason}
            </Menu.Item>
          ) : null,
          <Menu.Item
            key={presence + (reason ?? '')}
            className={reason ? classes.reason : undefined}
            leftSection={reason ? null : <span className={classes.dotInMenu} data-presence={presence} />}
            rightSection={said === chosen ? check : null}
            onClick={() => onPick(said)}
          >
            {reason ? reasonText(t, reason) : t(`presence.${presence}`)}
          </Menu.Item>,
        ];
      })}
      <Menu.Divider />
    </>
  );
}

/** Go online, pause, or go offline. */
export function useSetPresence(): (said: Said) => void {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (said: Said) => change<PresenceView>('PUT', '/presence', { ...said }),
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
