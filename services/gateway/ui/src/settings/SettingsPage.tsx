import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '@/app/PageTitle';
import classes from './SettingsPage.module.css';
import { useSettingsTabs } from './tabs';

/** The frame of all settings: the agent's own, then the shop's. */
export function SettingsPage() {
  const { t } = useTranslation();
  const tabs = useSettingsTabs();
  return (
    <div className={`${classes.page} n-scroll`}>
      <div className={classes.inner}>
        <PageTitle>{t('settings.title')}</PageTitle>
        <h1>{t('settings.title')}</h1>
        <nav className={classes.tabs} aria-label={t('settings.title')}>
          {tabs.map((tab) => (
            <Link key={tab} to={`/settings/${tab}`} className={classes.tab} activeProps={{ className: classes.current, 'aria-current': 'page' }}>
              {t(`settings.tab.${tab}`)}
            </Link>
          ))}
        </nav>
        <Outlet />
      </div>
    </div>
  );
}
