import { Loader } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChartBar, IconInbox, IconSettings, type TablerIcon } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ComposerHost } from '@/compose/ComposerHost';
import { catchLetters } from '@/compose/typeAhead';
import { follow, useConnection } from '@/live';
import { useNotifications } from '@/notifications/useNotifications';
import { useFollowPreferences } from '@/personal/preferences';
import { Logo } from './Logo';
import { Me } from './Me';
import { useWorks } from './roles';
import classes from './Shell.module.css';
import { useKeys } from './shortcuts';
import { Tooltip } from './Tooltip';
import { useCounts } from './useCounts';

const Palette = lazy(() => import('./Palette'));
const HelpSheet = lazy(() => import('./HelpSheet'));
const MailAlert = lazy(() => import('@/settings/MailAlert'));

/** The frame of every screen: the rail, the state of the connection, the help sheet and the palette. */
export function Shell() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const works = useWorks();
  const [help, helpSheet] = useDisclosure();
  const [palette, paletteSheet] = useDisclosure();
  useEffect(() => follow(client), [client]);
  useFollowPreferences();
  useNotifications();
  useKeys({
    ...(works ? { 'g i': () => void navigate({ to: '/inbox' }) } : {}),
    'g r': () => void navigate({ to: '/reports' }),
    'g s': () => void navigate({ to: '/settings' }),
    '?': helpSheet.toggle,
    'Mod+k': () => {
      if (!palette) catchLetters();
      paletteSheet.toggle();
    },
  });
  // Before its field is there the page has the focus still, where this key would leave the conversation.
  useKeys(palette ? { Escape: paletteSheet.close } : {}, true);
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t('nav.skip')}
      </a>
      <Rail />
      <main id="main" className={classes.main} tabIndex={-1}>
        <ConnectionBar />
        <Suspense>
          <MailAlert />
        </Suspense>
        <div className={classes.screen}>
          <Outlet />
        </div>
      </main>
      {works ? <ComposerHost /> : null}
      <Suspense>
        {help ? <HelpSheet onClose={helpSheet.close} /> : null}
        {palette ? <Palette onClose={paletteSheet.close} /> : null}
      </Suspense>
    </div>
  );
}

function Rail() {
  const { t } = useTranslation();
  const works = useWorks();
  const counts = useCounts();
  return (
    <nav className={classes.rail} aria-label={t('nav.main')}>
      <div className={classes.logo}>
        <Logo />
      </div>
      {works ? <RailLink to="/inbox" icon={IconInbox} label={t('nav.inbox')} keys="G I" count={counts?.mine} /> : null}
      <RailLink to="/reports" icon={IconChartBar} label={t('nav.reports')} keys="G R" />
      <div className={classes.space} />
      <RailLink to="/settings" icon={IconSettings} label={t('nav.settings')} keys="G S" />
      <Me />
    </nav>
  );
}

interface RailLinkProps {
  to: '/inbox' | '/reports' | '/settings';
  icon: TablerIcon;
  label: string;
  keys: string;
  count?: number;
}

function RailLink({ to, icon: Icon, label, keys, count }: RailLinkProps) {
  const { t } = useTranslation();
  return (
    <Tooltip label={`${label}  ·  ${keys}`} position="right">
      <Link to={to} className={classes.link} activeProps={{ className: classes.active, 'aria-current': 'page' }}>
        <Icon size={20} stroke={1.6} aria-hidden />
        <span className={classes.label}>{label}</span>
        {count ? (
          <span className={classes.count}>
            {count > 99 ? '99+' : count}
            <span className="n-hidden"> {t('nav.mine', { count })}</span>
          </span>
        ) : null}
      </Link>
    </Tooltip>
  );
}

function ConnectionBar() {
  const { t } = useTranslation();
  const connection = useConnection();
  return (
    <div role="status" aria-live="polite">
      {connection === 'reconnecting' ? (
        <div className={classes.connection}>
          <Loader size={12} color="currentColor" />
          {t('state.reconnecting')}
        </div>
      ) : null}
    </div>
  );
}
