import { Button, Drawer, Skeleton } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconMailQuestion } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/client';
import { CUSTOMER } from '@/app/panels';
import { useCustomerPanelOpen } from '@/app/preferences';
import { Splitter } from '@/app/Splitter';
import { EmptyState, ErrorState } from '@/app/states';
import { useKeys } from '@/app/shortcuts';
import { useDelayed } from '@/app/useDelayed';
import { CustomerPanel } from '@/customer/CustomerPanel';
import { Composer } from './Composer';
import classes from './ConversationView.module.css';
import { Header } from './Header';
import { CrossingWarning } from './Here';
import { conversationOptions } from './queries';
import { Thread } from './Thread';
import { useUploads } from './uploads';

interface Props {
  id: string;
  onBack: () => void;
  onServe: () => void;
  serving: boolean;
}

/** An open conversation with its customer beside it. */
export function ConversationView({ id, onBack, onServe, serving }: Props) {
  const { t } = useTranslation();
  const { data: row, error, refetch } = useQuery(conversationOptions(id));
  const beside = useMediaQuery('(width >= 1200px)', true, { getInitialValueInEffect: false });
  const [panelOpen, setPanelOpen] = useCustomerPanelOpen();
  const [drawer, drawerSheet] = useDisclosure();
  const toggle = () => (beside ? setPanelOpen((open) => !open) : drawerSheet.toggle());
  const uploads = useUploads(id);
  useKeys({ c: toggle });

  if (error && !row) {
    const unknown = error instanceof Problem && [404, 422].includes(error.status);
    return (
      <section className={classes.view}>
        {unknown ? (
          <EmptyState icon={<IconMailQuestion size={30} stroke={1.4} />} title={t('conversation.unknown')} text={t('conversation.unknownText')} />
        ) : (
          <ErrorState error={error} retry={() => void refetch()} />
        )}
        <Button className={classes.away} variant="subtle" size="xs" leftSection={<IconChevronLeft size={15} />} onClick={onBack}>
          {t('action.back')}
        </Button>
      </section>
    );
  }
  return (
    <div className={classes.frame} data-panel={beside && panelOpen}>
      <section className={classes.view} aria-labelledby="conversation-title" {...uploads.dropHandlers}>
        {row ? (
          <>
            <Header row={row} onBack={onBack} panelOpen={beside ? panelOpen : drawer} onTogglePanel={toggle} />
            <Thread row={row} />
            <CrossingWarning row={row} />
            <Composer row={row} uploads={uploads} onServe={onServe} serving={serving} />
          </>
        ) : (
          <Waiting />
        )}
        {uploads.dragging ? <div className={classes.drop}>{t('composer.drop')}</div> : null}
      </section>
      {row && beside && panelOpen ? (
        <div id="customer-panel" className={classes.customer}>
          <CustomerPanel row={row} />
          <Splitter panel={CUSTOMER} controls="customer-panel" label={t('panel.customer')} onCollapse={toggle} />
        </div>
      ) : null}
      {row && !beside ? (
        <Drawer opened={drawer} onClose={drawerSheet.close} position="right" size={360} title={t('customer.title')} closeButtonProps={{ 'aria-label': t('close') }} classNames={{ body: classes.drawer }}>
          <CustomerPanel row={row} />
        </Drawer>
      ) : null}
    </div>
  );
}

function Waiting() {
  const { t } = useTranslation();
  const late = useDelayed(true);
  return (
    <div className={classes.waiting} role="status" aria-busy aria-label={t('state.loading')}>
      {late ? (
        <>
          <Skeleton height={18} width="46%" radius="sm" />
          <Skeleton height={12} width="30%" radius="sm" />
          <Skeleton height={130} radius="md" mt={22} />
          <Skeleton height={90} radius="md" />
        </>
      ) : null}
    </div>
  );
}
