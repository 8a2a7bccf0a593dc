import '@mantine/core/styles/Mark.css';
import '@mantine/spotlight/styles.css';
import { Modal, useComputedColorScheme } from '@mantine/core';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BUILT_IN, searchOf, viewsOptions } from '@/inbox/views';
import { takeLetters } from '@/compose/typeAhead';
import { usePreferences, useSetPreferences } from '@/personal/preferences';
import { useSettingsTabs } from '@/settings/tabs';
import { Caps } from './Caps';
import { bindingOf, soughtKeys } from './keys';
import { useSetPresence, useSignOut } from './Me';
import { type PaletteAction, usePaletteActions } from './paletteActions';
import { CHOICES, presenceText } from './presence';
import { useWorks } from './roles';
import { boundTo, leaveField } from './shortcuts';
import { foldText } from './text';

const [store, palette] = createSpotlight();

/** Everything that can be done here, found by its name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  useEffect(() => palette.open(), []);
  const close = () => {
    leaveField(); // the field goes a moment later, and would take the next key with it
    onClose();
  };
  const offered = usePaletteActions();
  const actions = [...offered.filter(({ first }) => first), ...useKeyActions(), ...offered.filter(({ first }) => !first), ...useListActions(), ...useOwnActions()];
  const words = foldText(text.trim()).split(/\s+/);
  const found = actions.filter(({ label }) => words.every((word) => foldText(label).includes(word)));
  return (
    <Spotlight.Root store={store} query={text} onQueryChange={setText} shortcut={null} onSpotlightClose={close} scrollable maxHeight={380} transitionProps={{ duration: 80 }} overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}>
      <Modal.Title className="n-hidden">{t('keys.palette')}</Modal.Title>
      <Spotlight.Search placeholder={t('palette.placeholder')} aria-label={t('palette.placeholder')} onFocus={() => setText((begun) => takeLetters() + begun)} />
      <Spotlight.ActionsList aria-label={t('keys.palette')}>
        {found.map(({ id, label, run, keys }) => (
          <Spotlight.Action key={id} label={label} onClick={run} rightSection={keys ? <Caps keys={keys} /> : null} />
        ))}
        {found.length === 0 ? <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty> : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** What a key does on this screen. */
function useKeyActions(): PaletteAction[] {
  const { t } = useTranslation();
  return soughtKeys().flatMap(([keys, word]) => {
    const run = boundTo(bindingOf(keys));
    return run ? [{ id: `key-${word}`, label: t(`keys.${word}`), keys, run }] : [];
  });
}

/** Every list, those that agents have saved too. */
function useListActions(): PaletteAction[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const works = useWorks();
  const { data: views = [] } = useQuery({ ...viewsOptions, enabled: works });
  if (!works) return [];
  const inbox = t('nav.inbox');
  return [
    ...BUILT_IN.map(({ name, search }) => ({ id: `list-${name}`, label: `${inbox}: ${t(`view.${name}`)}`, search })),
    ...views.map((view) => ({ id: `view-${view.id}`, label: `${inbox}: ${view.name}`, search: searchOf(view) })),
  ].map(({ search, ...action }) => ({ ...action, run: () => void navigate({ to: '/inbox', search }) }));
}

/** What is the agent's own: presence, settings, the way out. */
function useOwnActions(): PaletteAction[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const scheme = useComputedColorScheme();
  const { sound } = usePreferences();
  const prefer = useSetPreferences();
  const setPresence = useSetPresence();
  const signOut = useSignOut();
  const works = useWorks();
  const tabs = useSettingsTabs();
  return [
    ...(works ? CHOICES : []).map((said) => ({
      id: `presence-${said.presence}-${said.reason ?? ''}`,
      label: `${t('palette.presence')}: ${presenceText(t, said)}`,
      run: () => setPresence(said),
    })),
    ...tabs.map((tab) => ({
      id: `settings-${tab}`,
      label: `${t('nav.settings')}: ${t(`settings.tab.${tab}`)}`,
      run: () => void navigate({ to: `/settings/${tab}` }),
    })),
    { id: 'scheme', label: t('palette.scheme'), run: () => prefer({ theme: scheme === 'dark' ? 'light' : 'dark' }) },
    ...(works ? [{ id: 'sound', label: t(sound ? 'palette.soundOff' : 'palette.soundOn'), run: () => prefer({ sound: !sound }) }] : []),
    { id: 'signOut', label: t('me.signOut'), run: signOut },
  ];
}
