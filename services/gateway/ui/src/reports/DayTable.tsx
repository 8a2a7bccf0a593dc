import { useTranslation } from 'react-i18next';
import type { Series } from '@/api/types';
import { useFormat } from '@/app/format';
import classes from './DayTable.module.css';

export function DayTable({ series }: { series: Series }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <table className={classes.table}>
      <caption className="n-hidden">{t('reports.perDay')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('reports.day')}</th>
          <th scope="col">{t('reports.newThreads')}</th>
          <th scope="col">{t('reports.messages')}</th>
        </tr>
      </thead>
      <tbody>
        {series.days.toReversed().map((each) => (
          <tr key={each.day}>
            <th scope="row">{format.longDay(each.day)}</th>
            <td>{format.number(each.new_threads)}</td>
            <td>{format.number(each.messages)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
