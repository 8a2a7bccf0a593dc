import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { inboxSettingsOptions } from '@/settings/queries';
import classes from './Signature.module.css';
import { fillText, type Values } from './templates';

/** What will stand below the mail when it leaves. */
export function Signature({ account, values }: { account: string | null | undefined; values: Values }) {
  const { t } = useTranslation();
  const { data: inboxes } = useQuery({ ...inboxSettingsOptions, staleTime: 300_000 });
  const signature = inboxes?.find((each) => each.account === account)?.settings.signature;
  if (!signature) return null;
  return (
    <p className={classes.signature} role="note" aria-label={t('composer.signature')} title={t('composer.signature')}>
      {fillText(signature, values)}
    </p>
  );
}
