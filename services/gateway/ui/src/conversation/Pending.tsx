import { Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Mode, Sending } from './draft';
import classes from './Pending.module.css';

/** A message or note that is on its way to the server. */
export function Pending({ mode, sending }: { mode: Mode; sending: Sending }) {
  const { t } = useTranslation();
  return (
    <article className={classes.card} data-note={mode === 'note'} aria-busy>
      <div dir="auto" className={classes.text}>{sending.text}</div>
      <div className={classes.state} role="status">
        <Loader size={11} color="currentColor" /> {t('delivery.sending')}
      </div>
    </article>
  );
}
