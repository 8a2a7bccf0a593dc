import { IconMoodSad } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './Rating.module.css';
import { isBad } from './badRating';

/** What the customer gave, in words; a bad one has a face as well as a colour. */
export function Rating({ score, short = false }: { score: number; short?: boolean }) {
  const { t } = useTranslation();
  const bad = isBad(score);
  return (
    <span className={classes.rating} data-bad={bad} title={short ? t('list.rated', { score }) : undefined}>
      {bad ? <IconMoodSad size={14} stroke={2} aria-hidden /> : null}
      {short ? <span className="n-hidden">{t('filter.rating')} </span> : null}
      {t(short ? 'filter.ratingOf' : 'list.rated', { score })}
    </span>
  );
}
