import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import {
  IconArchive,
  IconArrowBackUp,
  IconCheck,
  IconChevronLeft,
  IconDots,
  IconLayoutSidebarRight,
  IconMailOpened,
  IconX,
} from '@tabler/icons-react';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { useFormat } from '@/app/format';
import { PageTitle } from '@/app/PageTitle';
import { useOffer } from '@/app/paletteActions';
import { ChannelIcon, contactName } from '@/app/people';
import { useKeys } from '@/app/shortcuts';
import { useNow } from '@/app/useNow';
import { servedKey } from '@/inbox/serveNext';
import { useReadState } from '@/inbox/readState';
import { useActions } from './commands';
import classes from './Header.module.css';
import { HereLine } from './Here';
import { AssignPicker, LabelPicker } from './pickers';
import { SnoozeMenu } from './SnoozeMenu';
import { StatusWord } from './StatusWord';

interface Props {
  row: Conversation;
  onBack: () => void;
  panelOpen: boolean;
  onTogglePanel: () => void;
}

type Picker = 'assign' | 'label' | 'snooze' | null;

export function Header({ row, onBack, panelOpen, onTogglePanel }: Props) {
  const { t } = useTranslation();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The list is gone from a narrow screen, and the focus with it.
    if (matchMedia('(width < 900px)').matches) title.current?.focus();
  }, []);
  const { act, actAndTell } = useActions(row);
  const [picker, setPicker] = useState<Picker>(null);
  const workable = row.status === 'open' || row.status === 'snoozed';
  const toggle = (name: Picker) => (opened: boolean) => setPicker(opened ? name : null);

  const keys = useMemo(
    () => [
      ...(workable
        ? [
            { id: 'assign', label: t('action.assign'), keys: 'A', run: () => setPicker('assign') },
            { id: 'snooze', label: t('action.snooze'), keys: 'S', run: () => setPicker('snooze') },
            { id: 'close', label: t('action.close'), keys: 'E', run: () => void actAndTell({ name: 'close' }) },
          ]
        : []),
      ...(row.status === 'open' ? [] : [{ id: 'reopen', label: t('action.reopen'), keys: 'O', run: () => void act({ name: 'reopen' }) }]),
      { id: 'label', label: t('action.label'), keys: 'L', run: () => setPicker('label') },
    ],
    [workable, row.status, t, act, actAndTell],
  );
  useOffer(keys);
  useKeys(Object.fromEntries(keys.map((each) => [each.keys.toLowerCase(), each.run])));

  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <ActionIcon className={classes.back} aria-label={t('action.back')} onClick={onBack}>
          <IconChevronLeft size={20} />
        </ActionIcon>
        <PageTitle>{`#${row.number} ${row.subject ?? ''}`}</PageTitle>
        <h1 ref={title} tabIndex={-1} id="conversation-title" className={`${classes.title} n-clip`} title={row.subject ?? undefined}>
          {row.subject || t('list.noSubject')}
        </h1>
        <div className={classes.actions}>
          {workable ? <AssignPicker row={row} opened={picker === 'assign'} onChange={toggle('assign')} act={act} /> : null}
          <LabelPicker row={row} opened={picker === 'label'} onChange={toggle('label')} act={act} />
          {workable ? (
            <SnoozeMenu opened={picker === 'snooze'} onChange={toggle('snooze')} onPick={(until) => void actAndTell({ name: 'snooze', until })} />
          ) : null}
          <MainAction workable={workable} act={act} actAndTell={actAndTell} />
          <MoreMenu row={row} actAndTell={actAndTell} />
          <Tooltip label={`${t('customer.title')}  ·  C`}>
            <ActionIcon aria-label={t('customer.title')} aria-pressed={panelOpen} onClick={onTogglePanel} variant={panelOpen ? 'light' : 'subtle'}>
              <IconLayoutSidebarRight size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      <div className={classes.facts}>
        <StatusWord row={row} />
        <ChannelIcon channel={row.channel} />
        <span className={`${classes.contact} n-clip`} title={row.contact.value}>
          {contactName(row.contact)}
        </span>
        <span className="n-figures">#{row.number}</span>
        <Reason row={row} />
        <HereLine id={row.id} />
        {row.labels.map((label) => (
          <span key={label} className={classes.label}>
            {label}
            <button type="button" aria-label={t('label.remove', { name: label })} onClick={() => void act({ name: 'labels/remove', label })}>
              <IconX size={11} />
            </button>
          </span>
        ))}
      </div>
    </header>
  );
}

type Act = ReturnType<typeof useActions>;

function MainAction({ workable, act, actAndTell }: { workable: boolean } & Act) {
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

function MoreMenu({ row, actAndTell }: { row: Conversation; actAndTell: Act['actAndTell'] }) {
  const { t } = useTranslation();
  const { toggle: toggleUnread } = useReadState();
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={t('action.more')}>
          <IconDots size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconMailOpened size={15} stroke={1.6} />} onClick={() => toggleUnread(row)}>
          {t('action.unread')}
        </Menu.Item>
        {row.status === 'archived' ? null : (
          <Menu.Item leftSection={<IconArchive size={15} stroke={1.6} />} onClick={() => void actAndTell({ name: 'archive' })}>
            {t('action.archive')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Why it is here and how long the customer waits. */
function Reason({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const { data: served } = useQuery<number>({ queryKey: servedKey(row.id), queryFn: skipToken });
  if (row.status !== 'open') return null;
  if (served !== undefined && row.waiting_since) {
    return <span className={classes.reason}>{t('serve.reason', { time: format.duration(served) })}</span>;
  }
  if (!row.waiting_since) return <span>{t('conversation.answered')}</span>;
  const seconds = (now.getTime() - new Date(row.waiting_since).getTime()) / 1000;
  if (seconds < 60) return <span className={classes.reason}>{t('conversation.justCame')}</span>;
  return <span className={classes.reason}>{t('conversation.waiting', { time: format.duration(seconds) })}</span>;
}
