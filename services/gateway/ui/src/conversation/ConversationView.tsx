import { Button, Skeleton } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconChevronLeft, IconMailQuestion } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/client';
import type { Conversation } from '@/api/types';
import { CUSTOMER } from '@/app/panels';
import { useCustomerPanelOpen } from '@/app/preferences';
import { Splitter } from '@/app/Splitter';
import { EmptyState, ErrorState } from '@/app/states';
import { useKeys } from '@/app/shortcuts';
import { useDelayed } from '@/app/useDelayed';
import { Composer } from './Composer';
import classes from './ConversationView.module.css';
import { Header } from './Header';
import { moveDrafts } from './draftStore';
import { CrossingWarning } from './Here';
import { conversationOptions, listed, sessionOptions } from './queries';
import { useSplitting } from './split';
import { Thread } from './Thread';
import { useDropZone } from './uploads';

const CustomerPanel = lazy(() => import('@/customer/CustomerPanel').then((module) => ({ default: module.CustomerPanel })));
const CustomerDrawer = lazy(() => import('@/customer/CustomerDrawer'));
const SplitBar = lazy(() => import('./SplitBar'));

interface Props {
  id: string;
  onBack: () => void;
  onServe: () => void;
  serving: boolean;
}

/** An open conversation with its customer beside it. */
export function ConversationView({ id, onBack, onServe, serving }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: row, error, refetch } = useQuery({ ...conversationOptions(id), placeholderData: () => listed(client, id) });
  const beside = useMediaQuery('(width >= 1200px)', true, { getInitialValueInEffect: false });
  const [panelOpen, setPanelOpen] = useCustomerPanelOpen();
  const [drawer, drawerSheet] = useDisclosure();
  // It is fetched when it is first opened, and stays, to fade away.
  const [drawerUsed, setDrawerUsed] = useState(false);
  if (drawer && !drawerUsed) setDrawerUsed(true);
  const toggle = () => (beside ? setPanelOpen((open) => !open) : drawerSheet.toggle());
  const { dragging, dropHandlers } = useDropZone(id);
  const splitting = useSplitting(row);
  useKeys({ p: toggle });
  useGoOn(row);

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
      <section className={classes.view} aria-labelledby="conversation-title" {...dropHandlers}>
        {row ? (
          <>
            <Header row={row} onBack={onBack} panelOpen={beside ? panelOpen : drawer} onTogglePanel={toggle} onSplit={splitting.start} />
            <Thread row={row} splitting={splitting} />
            <CrossingWarning row={row} />
            {splitting.chosen ? (
              <Suspense>
                <SplitBar splitting={splitting} />
              </Suspense>
            ) : (
              <Composer row={row} onServe={onServe} serving={serving} />
            )}
          </>
        ) : (
          <Waiting />
        )}
        {dragging ? <div className={classes.drop}>{t('composer.drop')}</div> : null}
      </section>
      {row && beside && panelOpen ? (
        <div id="customer-panel" className={classes.customer}>
          <Suspense>
            <CustomerPanel row={row} />
          </Suspense>
          <Splitter panel={CUSTOMER} controls="customer-panel" label={t('panel.customer')} onCollapse={toggle} />
        </div>
      ) : null}
      <Suspense>{row && !beside && drawerUsed ? <CustomerDrawer row={row} opened={drawer} onClose={drawerSheet.close} /> : null}</Suspense>
    </div>
  );
}

/** A conversation that was merged goes on in another one, and so does its reader. */
function useGoOn(row: Conversation | undefined): void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const agent = useQuery(sessionOptions).data?.id ?? '';
  const id = row?.id ?? '';
  const into = row?.merged_into;
  const number = row?.number;
  useEffect(() => {
    if (!into || number === undefined) return undefined;
    // By its own id: the effect may run twice.
    notifications.show({ id: `merged-${number}`, message: t('conversation.mergedHere', { number }), autoClose: 6000 });
    void navigate({ to: '/inbox/$conversationId', params: { conversationId: into }, search: (old) => old, hash: (old = '') => old, replace: true });
    // When its composer has gone, which says last what was written in it.
    return () => void moveDrafts(agent, id, into);
  }, [agent, id, into, number, navigate, t]);
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
