import { Button, NativeSelect, SegmentedControl, Select, Switch } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Preferences } from '@/api/types';
import { LANGUAGES } from '@/app/i18n';
import { useSignOut } from '@/app/Me';
import { Initials } from '@/app/people';
import { useWorks } from '@/app/roles';
import { sessionOptions } from '@/conversation/queries';
import { useDesktopPermission } from '@/notifications/desktop';
import { usePreferences, useSetPreferences } from '@/personal/preferences';
import { Setting } from './shared';
import classes from './SettingsPage.module.css';

const UNDO_SECONDS = [0, 5, 10, 20, 30] as const satisfies readonly Preferences['undo_seconds'][];
const THEMES = ['auto', 'light', 'dark'] as const satisfies readonly Preferences['theme'][];

/** How an agent likes to work. */
export function PreferencesPage() {
  const { t } = useTranslation();
  const preferences = usePreferences();
  const prefer = useSetPreferences();
  const works = useWorks();
  const languages = [{ value: 'auto', label: t('settings.languageAuto') }, ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))];
  return (
    <>
      <Account />
      <div className={classes.box}>
        <Setting title={t('settings.language')} text={t('settings.languageText')}>
          <Select
            aria-label={t('settings.language')}
            w={210}
            data={languages}
            value={preferences.language}
            allowDeselect={false}
            onChange={(value) => value && prefer({ language: value as Preferences['language'] })}
          />
        </Setting>
        <Setting title={t('settings.scheme')} text={t('settings.schemeText')}>
          <SegmentedControl
            aria-label={t('settings.scheme')}
            value={preferences.theme}
            onChange={(value) => prefer({ theme: value as Preferences['theme'] })}
            data={THEMES.map((value) => ({ value, label: t(`settings.${value}`) }))}
          />
        </Setting>
        <Flag name="shortcuts" />
      </div>
      {works ? <ForWork /> : null}
    </>
  );
}

/** What matters to those who write to customers and are told of them. */
function ForWork() {
  const { t } = useTranslation();
  const preferences = usePreferences();
  const prefer = useSetPreferences();
  return (
    <>
      <h2 className={classes.heading}>{t('settings.writing')}</h2>
      <div className={classes.box}>
        <Flag name="enter_to_send" />
        <Setting title={t('settings.undo')} text={t('settings.undoText')}>
          <NativeSelect
            aria-label={t('settings.undo')}
            w={210}
            value={String(preferences.undo_seconds)}
            onChange={(event) => prefer({ undo_seconds: Number(event.currentTarget.value) as Preferences['undo_seconds'] })}
            data={UNDO_SECONDS.map((value) => ({ value: String(value), label: t('settings.undoFor', { count: value }) }))}
          />
        </Setting>
      </div>
      <h2 className={classes.heading}>{t('settings.notifications')}</h2>
      <div className={classes.box}>
        <Flag name="sound" />
        <DesktopFlag />
      </div>
    </>
  );
}

function Account() {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const signOut = useSignOut();
  if (!me) return null;
  return (
    <section className={classes.me}>
      <Initials name={me.name} seed={me.id} size={44} />
      <div className={classes.who}>
        <strong>{me.name}</strong>
        <span>
          {me.email} · {t(`role.${me.role as Role}`, { defaultValue: me.role })}
        </span>
      </div>
      <Button variant="default" size="xs" leftSection={<IconLogout size={15} stroke={1.6} />} onClick={signOut}>
        {t('me.signOut')}
      </Button>
    </section>
  );
}

type Role = 'agent' | 'supervisor' | 'admin' | 'analyst';

/** A preference that is on or off. */
function Flag({ name }: { name: 'shortcuts' | 'enter_to_send' | 'sound' }) {
  const { t } = useTranslation();
  const preferences = usePreferences();
  const prefer = useSetPreferences();
  return (
    <Setting title={t(`settings.${name}`)} text={t(`settings.${name}Text`)}>
      <Switch size="md" aria-label={t(`settings.${name}`)} checked={preferences[name]} onChange={(event) => prefer({ [name]: event.currentTarget.checked })} />
    </Setting>
  );
}

/** On for the agent everywhere; each browser has to allow it as well, and may be asked by a click only. */
function DesktopFlag() {
  const { t } = useTranslation();
  const { desktop } = usePreferences();
  const prefer = useSetPreferences();
  const { permission, ask } = useDesktopPermission();
  const toggle = async (on: boolean) => {
    prefer({ desktop: on });
    if (on && permission === 'default') await ask();
  };
  return (
    <Setting title={t('settings.desktop')} text={t(desktop && permission !== 'granted' ? `settings.desktopState.${permission}` : 'settings.desktopText')}>
      {desktop && permission === 'default' ? (
        <Button size="xs" variant="default" onClick={() => void ask()}>
          {t('settings.desktopAllow')}
        </Button>
      ) : null}
      <Switch size="md" aria-label={t('settings.desktop')} checked={desktop} disabled={permission === 'missing' && !desktop} onChange={(event) => void toggle(event.currentTarget.checked)} />
    </Setting>
  );
}
