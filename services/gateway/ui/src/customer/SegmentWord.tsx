import { useTranslation } from 'react-i18next';
import type { Segment } from '@/api/types';
import classes from './SegmentWord.module.css';

const SHAPES: Record<Segment, string> = {
  active: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z',
  low_risk: 'M8 1.2 14.8 8 8 14.8 1.2 8Z',
  high_risk: 'M8 1.5 15 14.5H1Z',
  unknown: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z',
};

/** The activity segment: a word with a shape; what it means is in the title. */
export function SegmentWord({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  return (
    <span className={classes.segment} data-segment={segment} title={t(`segment.${segment}Text`)}>
      <svg width={12} height={12} viewBox="0 0 16 16" aria-hidden>
        <path d={SHAPES[segment]} />
      </svg>
      {t(`segment.${segment}`)}
    </span>
  );
}
