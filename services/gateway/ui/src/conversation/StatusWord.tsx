import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { useFormat } from '@/app/format';
import classes from './StatusWord.module.css';

/** The status as a word with a shape of its own; `short` leaves out until when. */
export function StatusWord({ row, short = false }: { row: Conversation; short?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <span
      className={classes.status}
      data-status={row.status}
      title={short && row.snoozed_until ? t('status.snoozedUntil', { time: format.soon(row.snoozed_until) }) : undefined}
    >
      <span className={classes.shape} aria-hidden />
      {row.status === 'snoozed' && row.snoozed_until && !short
        ? t('status.snoozedUntil', { time: format.soon(row.snoozed_until) })
        : t(`status.${row.status}`)}
    </span>
  );
}
