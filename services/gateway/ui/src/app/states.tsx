/** The designed states of a panel that has nothing else to show. */
import { Button } from '@mantine/core';
import { IconCloudOff, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from './problems';
import classes from './states.module.css';

interface Props {
  icon: ReactNode;
  title: string;
  text?: string;
  children?: ReactNode;
}

export function EmptyState({ icon, title, text, children }: Props) {
  return (
    <div className={classes.state}>
      <div className={classes.icon} aria-hidden>
        {icon}
      </div>
      <p className={classes.title}>{title}</p>
      {text ? <p className={classes.text}>{text}</p> : null}
      {children}
    </div>
  );
}

export function ErrorState({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <EmptyState icon={<IconCloudOff size={30} stroke={1.4} />} title={t('state.failed')} text={problemText(t, error)}>
        <Button variant="default" size="xs" leftSection={<IconRefresh size={14} />} onClick={retry}>
          {t('state.retry')}
        </Button>
      </EmptyState>
    </div>
  );
}
