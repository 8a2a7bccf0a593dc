import { Button } from '@mantine/core';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '@/app/shortcuts';
import type { Splitting } from './split';
import classes from './SplitBar.module.css';

const REASON = 'split-lacks';

/** In the composer's place while messages are being chosen. */
export default function SplitBar({ splitting }: { splitting: Splitting }) {
  const { t } = useTranslation();
  useKeys({ Escape: splitting.stop }, true);
  const { lacks } = splitting;
  const count = splitting.chosen?.size ?? 0;
  return (
    <section className={classes.bar} aria-label={t('split.title')}>
      <IconArrowsSplit2 size={18} stroke={1.6} aria-hidden />
      <span className={classes.text}>
        {t('split.title')}
        {lacks ? (
          <span id={REASON} className={classes.lacks} role="status">
            {t(`problem.${lacks}`)}
          </span>
        ) : null}
      </span>
      <Button size="xs" variant="default" onClick={splitting.stop}>
        {t('split.cancel')}
      </Button>
      <Button size="xs" disabled={lacks !== null} aria-describedby={lacks ? REASON : undefined} loading={splitting.busy} onClick={() => void splitting.submit()}>
        {t('split.submit', { count })}
      </Button>
    </section>
  );
}
