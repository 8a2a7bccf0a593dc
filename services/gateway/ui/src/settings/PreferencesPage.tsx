import { Button, SegmentedControl, Select, Switch, useMantineColorScheme } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { changeLanguage, type Language, LANGUAGES } from '@/app/i18n';
import { useSignOut } from '@/app/Me';
import { Initials } from '@/app/people';
import { useShortcutsOn } from '@/app/preferences';
import { sessionOptions } from '@/conversation/queries';
import classes from './SettingsPage.module.css';

/** How an agent likes to work. */
export function PreferencesPage() {
  const { t, i18n } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [shortcuts, setShortcuts] = useShortcutsOn();
  const signOut = useSignOut();
  return (
    <>
      {me ? (
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
      ) : null}
      <div className={classes.box}>
        <Setting title={t('settings.language')} text={t('settings.languageText')}>
          <Select
            aria-label={t('settings.language')}
            w={190}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
            value={i18n.language}
            allowDeselect={false}
            onChange={(value) => value && void changeLanguage(value as Language)}
          />
        </Setting>
        <Setting title={t('settings.scheme')} text={t('settings.schemeText')}>
          <SegmentedControl
            aria-label={t('settings.scheme')}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as typeof colorScheme)}
            data={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t(`settings.${value}`) }))}
          />
        </Setting>
        <Setting title={t('settings.shortcuts')} text={t('settings.shortcutsText')}>
          <Switch size="md" aria-label={t('settings.shortcuts')} checked={shortcuts} onChange={(event) => setShortcuts(event.currentTarget.checked)} />
        </Setting>
      </div>
    </>
  );
}

type Role = 'agent' | 'supervisor' | 'admin' | 'analyst';

function Setting({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section className={classes.setting}>
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
      {children}
    </section>
  );
}
