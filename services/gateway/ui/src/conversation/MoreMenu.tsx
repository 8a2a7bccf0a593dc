import { ActionIcon, Menu } from '@mantine/core';
import {
  IconArchive,
  IconArrowMerge,
  IconArrowsSplit2,
  IconBell,
  IconBellOff,
  IconDots,
  IconExternalLink,
  IconLink,
  IconMail,
  IconMailOpened,
  IconMailPlus,
  IconStack2,
  type TablerIcon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { Caps } from '@/app/Caps';
import { copyLink } from '@/app/clipboard';
import { type PaletteAction, useOffer } from '@/app/paletteActions';
import { useReadState } from '@/inbox/readState';
import type { useActions } from './commands';
import type { Opened } from './Header';
import { linkTo } from './links';
import { PRIORITIES } from './Priority';
import { sessionOptions } from './queries';

interface Props extends ReturnType<typeof useActions> {
  row: Conversation;
  workable: boolean;
  onOpen: (what: Opened) => void;
  onSplit: () => void;
}

interface Entry extends PaletteAction {
  icon: TablerIcon;
}

/** Everything that has no button of its own. What has no key either is offered to the palette as well. */
export function MoreMenu(props: Props) {
  const { t } = useTranslation();
  const groups = useEntries(props);
  const { row, act, workable } = props;
  const offered = useMemo(
    () => [
      ...groups.flat().filter((entry) => !entry.keys),
      ...(workable ? PRIORITIES.filter((each) => each !== row.priority) : []).map((priority) => ({
        id: `priority-${priority}`,
        label: t('conversation.priorityOf', { name: t(`priority.${priority}`) }),
        run: () => void act({ name: 'priority', priority }),
      })),
    ],
    [groups, workable, row.priority, act, t],
  );
  useOffer(offered);
  return (
    <Menu width={270}>
      <Menu.Target>
        <ActionIcon aria-label={t('action.more')}>
          <IconDots size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {groups.map((entries, index) => [
          index > 0 ? <Menu.Divider key={index} /> : null,
          entries.map(({ id, label, keys, run, icon: Icon }) => (
            <Menu.Item key={id} leftSection={<Icon size={15} stroke={1.6} />} rightSection={keys ? <Caps keys={keys} /> : null} onClick={run}>
              {label}
            </Menu.Item>
          )),
        ])}
      </Menu.Dropdown>
    </Menu>
  );
}

function useEntries({ row, workable, act, actAndTell, onOpen, onSplit }: Props): Entry[][] {
  const { t } = useTranslation();
  const { toggle: toggleUnread } = useReadState();
  const { data: me } = useQuery(sessionOptions);
  return useMemo(() => {
    const followed = me !== undefined && row.followers.includes(me.id);
    const mail = row.channel === 'email' || row.channel === 'form';
    return [
      [
        { id: 'unread', label: t(row.unread ? 'action.markRead' : 'action.markUnread'), keys: 'U', icon: row.unread ? IconMailOpened : IconMail, run: () => toggleUnread(row) },
        {
          id: 'follow',
          label: t(followed ? 'action.unfollow' : 'action.follow'),
          keys: 'F',
          icon: followed ? IconBellOff : IconBell,
          run: () => void (me && act({ name: followed ? 'unfollow' : 'follow', agent_id: me.id })),
        },
        { id: 'followers', label: t('conversation.findFollower'), icon: IconBell, run: () => onOpen('followers') },
        ...(mail ? [{ id: 'participant', label: t('conversation.addParticipant'), icon: IconMailPlus, run: () => onOpen('participant') }] : []),
        ...(workable ? [{ id: 'queue', label: t('conversation.toQueue'), icon: IconStack2, run: () => onOpen('queue') }] : []),
      ],
      [
        { id: 'merge', label: t('action.mergeInto'), icon: IconArrowMerge, run: () => onOpen('merge') },
        ...(row.message_count > 1 ? [{ id: 'split', label: t('action.split'), icon: IconArrowsSplit2, run: onSplit }] : []),
      ],
      [
        { id: 'copyLink', label: t('action.copyLink'), icon: IconLink, run: () => void copyLink(linkTo(row.id)) },
        { id: 'newTab', label: t('action.newTab'), icon: IconExternalLink, run: () => void open(linkTo(row.id), '_blank', 'noopener') },
        ...(row.status === 'archived' ? [] : [{ id: 'archive', label: t('action.archive'), icon: IconArchive, run: () => void actAndTell({ name: 'archive' }) }]),
      ],
    ];
  }, [row, workable, me, act, actAndTell, onOpen, onSplit, toggleUnread, t]);
}
