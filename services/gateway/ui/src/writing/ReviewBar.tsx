import { Button } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Correction.module.css';
import type { Review } from './review';
import type { Reviewing } from './useReview';

export interface ReviewProps {
  review: Review;
  reviewing: Reviewing;
  onEnd: () => void;
  /** What stands in the bar beside the legend. */
  children: ReactNode;
}

/** Below a text with proposals: what the marks mean, how many are left, and what ends them all. */
export function ReviewBar({ review, onTakeAll, onEnd, children }: Omit<ReviewProps, 'reviewing'> & { onTakeAll: () => void }) {
  const { t } = useTranslation();
  const sure = review.marks.filter((each) => each.sure).length;
  return (
    <div className={classes.bar}>
      <span className={classes.legend}>
        <del>{t('writing.goes')}</del> <ins>{t('writing.comes')}</ins>
      </span>
      {children}
      <div className={classes.acts}>
        <span className={classes.count} role="status">
          {t('writing.left', { count: review.marks.length })}
        </span>
        {sure > 0 ? (
          <Button size="compact-sm" variant="default" onClick={onTakeAll} leftSection={<IconCheck size={14} aria-hidden />}>
            {sure === review.marks.length ? t('writing.takeAll') : t('writing.takeSure', { count: sure })}
          </Button>
        ) : null}
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onEnd} leftSection={<IconX size={14} aria-hidden />}>
          {t('writing.leaveAll')}
        </Button>
      </div>
    </div>
  );
}
