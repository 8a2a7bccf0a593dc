import { useMantineColorScheme } from '@mantine/core';
import { createSpotlight, Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Caps } from './Caps';
import { useSignOut } from './Me';

import { usePaletteActions } from './paletteActions';

const [store, palette] = createSpotlight();

/** Everything that can be done here, found by its name. */
export default function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const { toggleColorScheme } = useMantineColorScheme();
  const offered = usePaletteActions();
  useEffect(() => palette.open(), []);

  const actions = useMemo<SpotlightActionData[]>(() => {
    const views = ['open', 'snoozed', 'closed', 'archived'] as const;
    return [
      ...offered.map((each) => ({ id: each.id, label: each.label, onClick: each.run, rightSection: <Caps keys={each.keys} /> })),
      ...views.map((view) => ({
        id: `view-${view}`,
        label: `${t('nav.inbox')}: ${t(`view.${view}`)}`,
        onClick: () => void navigate({ to: '/inbox', search: view === 'open' ? {} : { status: view } }),
      })),
      { id: 'mine', label: `${t('nav.inbox')}: ${t('assignee.me')}`, onClick: () => void navigate({ to: '/inbox', search: { assignee: 'me' } }) },
      { id: 'none', label: `${t('nav.inbox')}: ${t('assignee.none')}`, onClick: () => void navigate({ to: '/inbox', search: { assignee: 'none' } }) },
      { id: 'reports', label: t('nav.reports'), onClick: () => void navigate({ to: '/reports' }), rightSection: <Caps keys="G R" /> },
      { id: 'settings', label: t('nav.settings'), onClick: () => void navigate({ to: '/settings' }), rightSection: <Caps keys="G S" /> },
      { id: 'scheme', label: t('palette.scheme'), onClick: toggleColorScheme },
      { id: 'help', label: t('keys.title'), onClick: onHelp, rightSection: <Caps keys="?" /> },
      { id: 'signOut', label: t('me.signOut'), onClick: signOut },
    ];
  }, [offered, t, navigate, onHelp, signOut, toggleColorScheme]);

  return (
    <Spotlight
      store={store}
      actions={actions}
      shortcut={null}
      scrollable
      maxHeight={380}
      nothingFound={t('palette.nothing')}
      searchProps={{ placeholder: t('palette.placeholder'), 'aria-label': t('palette.placeholder') }}
      onSpotlightClose={onClose}
      transitionProps={{ duration: 80 }}
    />
  );
}
