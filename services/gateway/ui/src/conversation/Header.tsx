import { ActionIcon, Button } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconChevronLeft, IconLayoutSidebarRight, IconSun, IconX } from '@tabler/icons-react';
import { skipToken, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { afterMenu } from '@/app/afterMenu';
import { useFormat } from '@/app/format';
import { PageTitle } from '@/app/PageTitle';
import { headRef } from '@/app/headRoom';
import { ChannelIcon, contactName, useAgentName } from '@/app/people';
import { useKeys } from '@/app/shortcuts';
import { Tooltip } from '@/app/Tooltip';
import { useNow } from '@/app/useNow';
import { type ServedHere, servedKey } from '@/inbox/serveNext';
import { isAnswered } from './answered';
import { useActions } from './commands';
import { NotDelivered } from './Delivery';
import classes from './Header.module.css';
import { HereLine } from './Here';
import { LabelChip } from './LabelChip';
import { MoreMenu } from './MoreMenu';
import { Participants } from './Participants';
import { AssignPicker, FollowerPicker, LabelPicker, QueuePicker } from './pickers';
import { PriorityMenu } from './Priority';
import { Rating } from './Rating';
import { SnoozeMenu } from './SnoozeMenu';
import { StatusWord } from './StatusWord';

const MergeIntoDialog = lazy(() => import('./MergeIntoDialog'));

interface Props {
  row: Conversation;
  onBack: () => void;
  panelOpen: boolean;
  onTogglePanel: () => void;
  /** Begin to choose messages that get a conversation of their own. */
  onSplit: () => void;
}

/** What is open over the header; one at a time. */
export type Opened = 'assign' | 'label' | 'snooze' | 'followers' | 'queue' | 'participant' | 'merge' | null;

/** The palette fades away before it gives the focus back. */
const AFTER_PALETTE_MS = 150;

export function Header({ row, onBack, panelOpen, onTogglePanel, onSplit }: Props) {
  const { t } = useTranslation();
  const agentName = useAgentName();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The list is gone from a narrow screen, and the focus with it.
    if (matchMedia('(width < 900px)').matches) title.current?.focus();
  }, []);
  const actions = useActions(row);
  const { act, actAndTell } = actions;
  const [open, setOpen] = useState<Opened>(null);
  const workable = row.status === 'open' || row.status === 'snoozed';
  const picker = (name: Opened) => ({ row, act, opened: open === name, onChange: (opened: boolean) => setOpen(opened ? name : null) });
  const openLater = useCallback((what: Opened) => afterMenu(() => setOpen(what), AFTER_PALETTE_MS), []);
  useKeys({
    l: () => setOpen('label'),
    ...(workable ? { a: () => setOpen('assign'), s: () => setOpen('snooze'), e: () => void actAndTell({ name: 'close' }) } : {}),
    ...(row.status === 'open' ? {} : { o: () => void act({ name: 'reopen' }) }),
  });

  return (
    <header ref={headRef} className={classes.header}>
      <div className={classes.top}>
        <ActionIcon className={classes.back} aria-label={t('action.back')} onClick={onBack}>
          <IconChevronLeft size={20} />
        </ActionIcon>
        <PageTitle>{`#${row.number} ${row.subject ?? ''}`}</PageTitle>
        <h1 ref={title} dir="auto" tabIndex={-1} id="conversation-title" className={`${classes.title} n-clip`} title={row.subject ?? undefined}>
          {row.subject || t('list.noSubject')}
        </h1>
        <div className={classes.actions}>
          {workable ? <AssignPicker {...picker('assign')} /> : null}
          <LabelPicker {...picker('label')} />
          {workable ? <SnoozeMenu opened={open === 'snooze'} onChange={picker('snooze').onChange} onPick={(until) => void actAndTell({ name: 'snooze', until })} /> : null}
          {row.status === 'snoozed' ? (
            <Tooltip label={`${t('action.wake')}  ·  O`}>
              <ActionIcon aria-label={t('action.wake')} onClick={() => void act({ name: 'reopen' })}>
                <IconSun size={18} stroke={1.6} />
              </ActionIcon>
            </Tooltip>
          ) : null}
          <MainAction workable={workable} {...actions} />
          <MoreMenu row={row} workable={workable} {...actions} onOpen={openLater} onSplit={onSplit} />
          <Tooltip label={`${t('customer.title')}  ·  P`}>
            <ActionIcon aria-label={t('customer.title')} aria-pressed={panelOpen} onClick={onTogglePanel} variant={panelOpen ? 'light' : 'subtle'}>
              <IconLayoutSidebarRight size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      <div className={classes.facts}>
        <StatusWord row={row} />
        {row.rating === null ? null : <Rating score={row.rating} />}
        {row.undelivered ? <NotDelivered /> : null}
        <ChannelIcon channel={row.channel} />
        <span dir="auto" className={`${classes.contact} n-clip`} title={row.contact.value}>
          {contactName(row.contact)}
        </span>
        <span className="n-figures">#{row.number}</span>
        <PriorityMenu row={row} act={act} disabled={!workable} />
        <QueuePicker {...picker('queue')} />
        <FollowerPicker {...picker('followers')} />
        {!workable && row.assignee ? <span>{t('list.assignedTo', { name: agentName(row.assignee) })}</span> : null}
        <Reason row={row} />
        <HereLine id={row.id} />
        {row.labels.map((label) => (
          <span key={label} className={classes.label}>
            <LabelChip name={label} />
            <button type="button" aria-label={t('label.remove', { name: label })} onClick={() => void act({ name: 'labels/remove', label })}>
              <IconX size={11} />
            </button>
          </span>
        ))}
      </div>
      <Participants row={row} act={act} adding={open === 'participant'} onAdding={picker('participant').onChange} />
      <Suspense>{open === 'merge' ? <MergeIntoDialog row={row} onClose={() => setOpen(null)} /> : null}</Suspense>
    </header>
  );
}

function MainAction({ workable, act, actAndTell }: { workable: boolean } & ReturnType<typeof useActions>) {
  const { t } = useTranslation();
  return workable ? (
    <Tooltip label={`${t('action.close')}  ·  E`}>
      <Button size="xs" variant="default" className={classes.main} leftSection={<IconCheck size={15} />} aria-label={t('action.close')} onClick={() => void actAndTell({ name: 'close' })}>
        <span className={classes.word}>{t('action.close')}</span>
      </Button>
    </Tooltip>
  ) : (
    <Tooltip label={`${t('action.reopen')}  ·  O`}>
      <Button size="xs" variant="default" className={classes.main} leftSection={<IconArrowBackUp size={15} />} aria-label={t('action.reopen')} onClick={() => void act({ name: 'reopen' })}>
        <span className={classes.word}>{t('action.reopen')}</span>
      </Button>
    </Tooltip>
  );
}

/** Why it is here and how long the customer waits. */
function Reason({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const { data: served } = useQuery<ServedHere>({ queryKey: servedKey(row.id), queryFn: skipToken });
  if (isAnswered(row)) return <span>{t('conversation.answered')}</span>;
  if (row.status !== 'open' || !row.waiting_since) return null;
  const seconds = (now.getTime() - new Date(row.waiting_since).getTime()) / 1000;
  // Whoever waits since a later time has been answered since, and has written again.
  if (served && new Date(row.waiting_since).getTime() <= served.at) {
    return <span className={classes.reason}>{t('serve.reason', { time: format.duration(served.waited) })}</span>;
  }
  if (seconds < 60) return <span className={classes.reason}>{t('conversation.justCame')}</span>;
  return <span className={classes.reason}>{t('conversation.waiting', { time: format.duration(seconds) })}</span>;
}
