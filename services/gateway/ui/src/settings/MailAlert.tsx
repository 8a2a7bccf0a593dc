import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './MailServers.module.css';
import { inTrouble, useMailState } from './mail';

/** On every screen of those who can do something about it. */
export default function MailAlert() {
  const { t } = useTranslation();
  const { data } = useMailState();
  return (
    <div role="status">
      {data && inTrouble(data) ? (
        <div className={classes.alert}>
          <IconAlertTriangle size={16} aria-hidden />
          <span>{t('shop.mail.trouble')}</span>
          <Link to="/settings/inboxes">{t('shop.mail.look')}</Link>
        </div>
      ) : null}
    </div>
  );
}
