import { Modal, useComputedColorScheme } from '@mantine/core';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InboxSearch } from '@/inbox/search';
import { useSetPreferences } from '@/personal/preferences';
import { Caps } from './Caps';
import { useSignOut } from './Me';

import { type PaletteAction, usePaletteActions } from './paletteActions';
import { foldText } from './text';

const [store, palette] = createSpotlight();

/** Everything that can be done here, found by its name. */
export default function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const scheme = useComputedColorScheme();
  const prefer = useSetPreferences();
  const offered = usePaletteActions();
  useEffect(() => palette.open(), []);

  const [text, setText] = useState('');
  const list = (search: InboxSearch) => () => void navigate({ to: '/inbox', search });
  const actions: PaletteAction[] = [
    ...offered,
    ...(['open', 'snoozed', 'closed', 'archived'] as const).map((view) => ({
      id: `view-${view}`,
      label: `${t('nav.inbox')}: ${t(`view.${view}`)}`,
      run: list(view === 'open' ? {} : { status: view }),
    })),
    { id: 'mine', label: `${t('nav.inbox')}: ${t('assignee.me')}`, run: list({ assignee: 'me' }) },
    { id: 'none', label: `${t('nav.inbox')}: ${t('assignee.none')}`, run: list({ assignee: 'none' }) },
    { id: 'reports', label: t('nav.reports'), keys: 'G R', run: () => void navigate({ to: '/reports' }) },
    { id: 'settings', label: t('nav.settings'), keys: 'G S', run: () => void navigate({ to: '/settings' }) },
    { id: 'scheme', label: t('palette.scheme'), run: () => prefer({ theme: scheme === 'dark' ? 'light' : 'dark' }) },
    { id: 'help', label: t('keys.title'), keys: '?', run: onHelp },
    { id: 'signOut', label: t('me.signOut'), run: signOut },
  ];
  const found = actions.filter((each) => foldText(each.label).includes(foldText(text.trim())));
  return (
    <Spotlight.Root store={store} query={text} onQueryChange={setText} shortcut={null} onSpotlightClose={onClose} scrollable maxHeight={380} transitionProps={{ duration: 80 }} overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}>
      <Modal.Title className="n-hidden">{t('keys.palette')}</Modal.Title>
      <Spotlight.Search placeholder={t('palette.placeholder')} aria-label={t('palette.placeholder')} />
      <Spotlight.ActionsList aria-label={t('keys.palette')}>
        {found.map(({ id, label, run, keys }) => (
          <Spotlight.Action key={id} label={label} onClick={run} rightSection={keys ? <Caps keys={keys} /> : null} />
        ))}
        {found.length === 0 ? <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty> : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
