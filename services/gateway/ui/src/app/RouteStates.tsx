import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EmptyState, ErrorState } from './states';

export function RouteError({ error, reset }: ErrorComponentProps) {
  return (
    <main>
      <ErrorState
        error={error}
        retry={() => {
          reset();
          location.reload();
        }}
      />
    </main>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main>
      <EmptyState icon={<IconMapQuestion size={30} stroke={1.4} />} title={t('state.notFound')} text={t('state.notFoundText')}>
        <Button component={Link} to="/inbox" variant="default" size="xs">
          {t('nav.inbox')}
        </Button>
      </EmptyState>
    </main>
  );
}
