import { useTranslation } from 'react-i18next';
import { useFormat } from '@/app/format';
import classes from './ListHeader.module.css';

/** How many: counting ends at `cap`, so that many means "that many or more". */
export function Figure({ value, cap = Infinity }: { value: number | undefined; cap?: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (value === undefined) return null;
  if (value < cap) return <span className={classes.figure}>{format.number(value)}</span>;
  return (
    <span className={classes.figure} title={t('list.cappedTitle', { figure: format.number(cap) })}>
      {t('list.capped', { figure: format.compact(cap) })}
    </span>
  );
}
