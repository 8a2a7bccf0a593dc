import { IconAlertTriangle, IconCircleCheck, IconMailDown, IconMailUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/app/format';
import { ErrorState } from '@/app/states';
import classes from './MailServers.module.css';
import { fails, useMailState } from './mail';
import shop from './shop.module.css';

/** The mailboxes that are polled, and the relay: well or not, and why. */
export function MailServers() {
  const { t } = useTranslation();
  const format = useFormat();
  const { allowed, data, error, refetch } = useMailState();
  if (!allowed) return null;
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return null;
  const { mailboxes, relay } = data;
  return (
    <section aria-labelledby="mail-servers">
      <h2 id="mail-servers" className={classes.title}>
        {t('shop.mail.title')}
      </h2>
      <ul className={shop.rows}>
        {mailboxes.map((mailbox) => (
          <Server key={`${mailbox.inbox} ${mailbox.host} ${mailbox.folder}`} icon={<IconMailDown size={20} stroke={1.5} aria-hidden />} name={mailbox.inbox} place={`${mailbox.host} · ${mailbox.folder}`} server={mailbox}>
            {mailbox.set_aside.length > 0 ? (
              <span className={classes.bad}>
                {t('shop.mail.setAside', { count: mailbox.set_aside.length })}{' '}
                {mailbox.set_aside.slice(0, 5).map((mail) => format.soon(mail.received_at)).join('; ')}
                {mailbox.set_aside.length > 5 ? ' …' : null}
              </span>
            ) : null}
          </Server>
        ))}
        <Server icon={<IconMailUp size={20} stroke={1.5} aria-hidden />} name={t('shop.mail.relay')} place={`${relay.host}:${relay.port}`} server={relay}>
          {relay.waiting > 0 ? <span className={shop.dim}>{t('shop.mail.waiting', { count: relay.waiting })}</span> : null}
        </Server>
      </ul>
    </section>
  );
}

interface ServerProps {
  icon: ReactNode;
  name: string;
  place: string;
  server: { failures: number; last_error?: string | null; last_success?: string | null };
  children: ReactNode;
}

function Server({ icon, name, place, server, children }: ServerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const since = server.last_success ? format.soon(server.last_success) : null;
  return (
    <li className={shop.row}>
      {icon}
      <span className={shop.what}>
        <span className={shop.name}>
          {name} <span className={shop.dim}>{place}</span>
        </span>
        {fails(server) ? (
          <span className={classes.bad}>
            <IconAlertTriangle size={14} aria-hidden /> {since ? t('shop.mail.failsSince', { time: since }) : t('shop.mail.fails')} <code>{server.last_error}</code>
          </span>
        ) : (
          <span className={classes.good}>
            <IconCircleCheck size={14} aria-hidden /> {since ? t('shop.mail.well', { time: since }) : t('shop.mail.quiet')}
          </span>
        )}
        {children}
      </span>
    </li>
  );
}
