import { Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconArchive,
  IconArrowBackUp,
  IconArrowMerge,
  IconBell,
  IconBellOff,
  IconCheck,
  IconExternalLink,
  IconLink,
  IconMail,
  IconMailOpened,
  IconSquareCheck,
  IconUserPlus,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { copyLink } from '@/app/clipboard';
import { contactName } from '@/app/people';
import { sessionOptions } from '@/conversation/queries';
import { linkTo } from '@/conversation/links';
import { SnoozeItems } from '@/conversation/SnoozeMenu';
import type { Step } from './bulk';
import classes from './RowMenu.module.css';

const MergeDialog = lazy(() => import('./MergeDialog'));
const TimeDialog = lazy(() => import('@/conversation/TimeDialog'));

interface Props {
  /** One row, or the selected ones when the menu was opened on one of them. */
  rows: readonly Conversation[];
  at: { x: number; y: number };
  opened: boolean;
  onStep: (step: Step, rows: readonly Conversation[]) => void;
  onSelect: (row: Conversation) => void;
  onClose: () => void;
}

/** What can be done to a row, where the pointer is. */
export default function RowMenu({ rows, at, opened, onStep, onSelect, onClose }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const [merging, merge] = useDisclosure();
  const [asking, time] = useDisclosure();
  const [first] = rows;
  if (!first || !me) return null;
  const act = (step: Step) => onStep(step, rows);
  const some = (test: (row: Conversation) => boolean) => rows.some(test);
  const workable = some((row) => row.status === 'open' || row.status === 'snoozed');
  const followed = rows.every((row) => row.followers.includes(me.id));
  const unread = some((row) => row.unread);
  const name = t('action.menuOf', { name: rows.length > 1 ? t('bulk.selected', { count: rows.length }) : contactName(first.contact) });
  return (
    <>
      <Menu opened={opened} onChange={(next) => !next && onClose()} position="right-start" offset={2} width={290}>
        <Menu.Target>
          <button type="button" tabIndex={-1} aria-label={name} className={classes.place} style={{ left: at.x, top: at.y }} />
        </Menu.Target>
        <Menu.Dropdown aria-label={name}>
          {rows.length > 1 ? <Menu.Label>{t('bulk.selected', { count: rows.length })}</Menu.Label> : <OneRow row={first} onSelect={onSelect} />}
          <Menu.Divider />
          <Menu.Item leftSection={unread ? <IconMailOpened size={15} /> : <IconMail size={15} />} onClick={() => act({ name: unread ? 'read' : 'unread' })}>
            {t(unread ? 'action.markRead' : 'action.markUnread')}
          </Menu.Item>
          {workable && some((row) => row.assignee !== me.id) ? (
            <Menu.Item leftSection={<IconUserPlus size={15} />} onClick={() => act({ name: 'assign', assignee: me.id })}>
              {t('action.takeIt')}
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={followed ? <IconBellOff size={15} /> : <IconBell size={15} />} onClick={() => act({ name: followed ? 'unfollow' : 'follow', agent_id: me.id })}>
            {t(followed ? 'action.unfollow' : 'action.follow')}
          </Menu.Item>
          {rows.length > 1 ? (
            <Menu.Item leftSection={<IconArrowMerge size={15} />} onClick={merge.open}>
              {t('bulk.merge')}
            </Menu.Item>
          ) : null}
          <Menu.Divider />
          {workable ? (
            <>
              <Menu.Label>{t('snooze.title')}</Menu.Label>
              <SnoozeItems onPick={(until) => act({ name: 'snooze', until })} onOwn={time.open} />
              <Menu.Divider />
              <Menu.Item leftSection={<IconCheck size={15} />} onClick={() => act({ name: 'close' })}>
                {t('action.close')}
              </Menu.Item>
            </>
          ) : null}
          {some((row) => row.status !== 'open') ? (
            <Menu.Item leftSection={<IconArrowBackUp size={15} />} onClick={() => act({ name: 'reopen' })}>
              {t('action.reopen')}
            </Menu.Item>
          ) : null}
          {some((row) => row.status !== 'archived') ? (
            <Menu.Item leftSection={<IconArchive size={15} />} onClick={() => act({ name: 'archive' })}>
              {t('action.archive')}
            </Menu.Item>
          ) : null}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {merging ? (
          <MergeDialog rows={rows} onClose={merge.close} onMerge={(into) => onStep({ name: 'merge', into }, rows.filter((row) => row.id !== into))} />
        ) : null}
        {asking ? <TimeDialog onClose={time.close} onPick={(until) => act({ name: 'snooze', until })} /> : null}
      </Suspense>
    </>
  );
}

function OneRow({ row, onSelect }: { row: Conversation; onSelect: (row: Conversation) => void }) {
  const { t } = useTranslation();
  const path = `/inbox/${row.id}`;
  return (
    <>
      <Menu.Item component="a" href={path} target="_blank" rel="noopener" leftSection={<IconExternalLink size={15} />}>
        {t('action.newTab')}
      </Menu.Item>
      <Menu.Item leftSection={<IconLink size={15} />} onClick={() => void copyLink(linkTo(row.id))}>
        {t('action.copyLink')}
      </Menu.Item>
      <Menu.Item leftSection={<IconSquareCheck size={15} />} onClick={() => onSelect(row)}>
        {t('action.select')}
      </Menu.Item>
    </>
  );
}
