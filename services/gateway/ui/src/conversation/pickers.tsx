import { ActionIcon, Button, Combobox, UnstyledButton, useCombobox } from '@mantine/core';
import { IconBell, IconCheck, IconStack2, IconTag, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { Initials, useAgentName } from '@/app/people';
import { useAway } from '@/app/presence';
import { workersOptions } from '@/app/roles';
import { foldText } from '@/app/text';
import { Tooltip } from '@/app/Tooltip';
import { labelsOptions } from '@/inbox/queries';
import { inboxSettingsOptions } from '@/settings/queries';
import type { Act } from './commands';
import { LabelChip } from './LabelChip';
import classes from './pickers.module.css';
import { sessionOptions } from './queries';

interface PickerProps {
  row: Conversation;
  opened: boolean;
  onChange: (opened: boolean) => void;
  act: Act;
}

export interface Choice {
  value: string;
  label: string;
  on: boolean;
  icon?: ReactNode;
  /** What is good to know before it is picked. */
  hint?: string;
  /** How it looks, where that is more than its label. */
  shown?: ReactNode;
}

interface ChooserProps {
  opened: boolean;
  onChange: (opened: boolean) => void;
  onPick: (value: string) => void;
  choices: readonly Choice[];
  placeholder: string;
  /** What to offer for a text that is no choice yet. */
  create?: (text: string) => string;
  /** Stay open after a pick, to pick more. */
  several?: boolean;
  target: ReactNode;
  position?: 'bottom-start' | 'bottom-end';
}

/** A list to choose from by typing, opened by a button or a key. */
export function Chooser({ opened, onChange, onPick, choices, placeholder, create, several, target, position = 'bottom-end' }: ChooserProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const store = useCombobox({
    opened,
    onOpenedChange: onChange,
    onDropdownClose: () => {
      setText('');
      store.resetSelectedOption();
      store.focusTarget();
    },
  });
  useEffect(() => {
    if (opened) store.focusSearchInput();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the store is new on every render
  }, [opened]);
  useEffect(() => {
    store.selectFirstOption();
  }, [text]); // eslint-disable-line react-hooks/exhaustive-deps
  const wanted = text.trim();
  const found = choices.filter((choice) => foldText(choice.label).includes(foldText(wanted)));
  const isNew = create && wanted && !choices.some((choice) => foldText(choice.label) === foldText(wanted));
  return (
    <Combobox
      store={store}
      width={260}
      position={position}
      shadow="md"
      onOptionSubmit={(value) => {
        onPick(value);
        setText('');
        if (!several) onChange(false);
      }}
    >
      <Combobox.Target targetType="button">{target}</Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search value={text} onChange={(event) => setText(event.currentTarget.value)} placeholder={placeholder} aria-label={placeholder} maxLength={60} />
        <Combobox.Options aria-label={placeholder} mah={280} style={{ overflowY: 'auto' }}>
          {found.map((choice) => (
            <Combobox.Option key={choice.value} value={choice.value} active={choice.on} className={classes.option}>
              {choice.icon}
              {choice.shown ?? <span className="n-clip">{choice.label}</span>}
              {choice.hint ? <span className={`${classes.hint} n-clip`} title={choice.hint}>{choice.hint}</span> : null}
              {choice.on ? <IconCheck size={14} className={classes.check} aria-label={t('chosen')} role="img" /> : null}
            </Combobox.Option>
          ))}
          {isNew ? <Combobox.Option value={wanted}>{create(wanted)}</Combobox.Option> : null}
          {found.length === 0 && !isNew ? <Combobox.Empty>{t('list.noMatch')}</Combobox.Empty> : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

const NOBODY = '';

export function AssignPicker({ row, opened, onChange, act }: PickerProps) {
  const { t } = useTranslation();
  const { data: agents = [] } = useQuery(workersOptions);
  const { data: me } = useQuery(sessionOptions);
  const agentName = useAgentName();
  const away = useAway();
  const icon = (id: string, name: string) => <Initials name={name} seed={id} size={20} />;
  const choices: Choice[] = [
    ...(me ? [{ value: me.id, label: t('assignee.self', { name: me.name }), on: row.assignee === me.id, icon: icon(me.id, me.name) }] : []),
    ...agents
      .filter((agent) => agent.id !== me?.id)
      .map((agent) => ({ value: agent.id, label: agent.name, on: row.assignee === agent.id, icon: icon(agent.id, agent.name), hint: away(agent.id) })),
    { value: NOBODY, label: t('assignee.nobody'), on: row.assignee === null },
  ];
  const name = row.assignee ? agentName(row.assignee) : '';
  const absent = row.assignee && row.assignee !== me?.id ? away(row.assignee) : undefined;
  return (
    <Chooser
      opened={opened}
      onChange={onChange}
      onPick={(value) => void act({ name: 'assign', assignee: value === NOBODY ? null : value })}
      choices={choices}
      placeholder={t('assignee.find')}
      target={
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          className={classes.assign}
          onClick={() => onChange(!opened)}
          leftSection={row.assignee ? <Initials name={name} seed={row.assignee} size={20} /> : <IconUserPlus size={16} stroke={1.6} />}
          title={[absent && `${name}, ${absent}`, t('action.assign'), 'A'].filter(Boolean).join('  ·  ')}
          aria-label={row.assignee ? t('list.assignedTo', { name }) : t('action.assign')}
        >
          <span className={`${classes.name} n-clip`}>{name || t('action.assign')}</span>
        </Button>
      }
    />
  );
}

export function LabelPicker({ row, opened, onChange, act }: PickerProps) {
  const { t } = useTranslation();
  const { data: labels = [] } = useQuery(labelsOptions);
  const names = [...new Set([...row.labels, ...labels.map((each) => each.name)])];
  return (
    <Chooser
      opened={opened}
      onChange={onChange}
      several
      onPick={(label) => void act({ name: row.labels.includes(label) ? 'labels/remove' : 'labels/add', label })}
      choices={names.map((name) => ({ value: name, label: name, on: row.labels.includes(name), shown: <LabelChip name={name} /> }))}
      placeholder={t('label.find')}
      create={(name) => t('label.create', { name })}
      target={
        <Tooltip label={`${t('action.label')}  ·  L`} disabled={opened}>
          <ActionIcon aria-label={t('action.label')} onClick={() => onChange(!opened)}>
            <IconTag size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      }
    />
  );
}

/** Who is told of everything here; colleagues can be added and removed. */
export function FollowerPicker({ row, opened, onChange, act }: PickerProps) {
  const { t, i18n } = useTranslation();
  const { data: agents = [] } = useQuery(workersOptions);
  const { data: me } = useQuery(sessionOptions);
  const agentName = useAgentName();
  const away = useAway();
  const names = new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(row.followers.map(agentName));
  const choices = agents
    .filter(({ id, role }) => role !== 'analyst' || row.followers.includes(id))
    .sort((one, other) => Number(other.id === me?.id) - Number(one.id === me?.id))
    .map(({ id, name }) => ({
      value: id,
      label: id === me?.id ? t('assignee.self', { name }) : name,
      on: row.followers.includes(id),
      icon: <Initials name={name} seed={id} size={20} />,
      hint: id === me?.id ? undefined : away(id),
    }));
  return (
    <Chooser
      opened={opened}
      onChange={onChange}
      several
      position="bottom-start"
      onPick={(id) => void act({ name: row.followers.includes(id) ? 'unfollow' : 'follow', agent_id: id })}
      choices={choices}
      placeholder={t('conversation.findFollower')}
      target={
        <UnstyledButton className={classes.followers} onClick={() => onChange(!opened)} title={names || undefined} aria-label={names ? t('conversation.followedBy', { names }) : t('conversation.followers')}>
          <IconBell size={14} stroke={1.7} aria-hidden />
          {row.followers.slice(0, 4).map((id) => (
            <Initials key={id} name={agentName(id)} seed={id} size={18} />
          ))}
          {row.followers.length > 4 ? <span className="n-figures">+{row.followers.length - 4}</span> : null}
        </UnstyledButton>
      }
    />
  );
}

const COMMON = '';

/** The queue from which it is served; hidden where the shop has none but the common one. */
export function QueuePicker({ row, opened, onChange, act }: PickerProps) {
  const { t } = useTranslation();
  const { data: inboxes = [] } = useQuery(inboxSettingsOptions);
  const names = [...new Set([row.queue, ...inboxes.map(({ settings }) => settings.queue)])].filter((name) => name != null);
  if (names.length === 0 && !opened) return null;
  return (
    <Chooser
      opened={opened}
      onChange={onChange}
      position="bottom-start"
      onPick={(queue) => void act({ name: 'queue', queue: queue === COMMON ? null : queue })}
      choices={[
        { value: COMMON, label: t('conversation.commonQueue'), on: row.queue == null },
        ...names.map((name) => ({ value: name, label: name, on: row.queue === name })),
      ]}
      placeholder={t('conversation.findQueue')}
      create={(name) => t('conversation.createQueue', { name })}
      target={
        <UnstyledButton className={classes.queue} onClick={() => onChange(!opened)} aria-label={`${t('conversation.queue')}: ${row.queue ?? t('conversation.commonQueue')}`}>
          <IconStack2 size={14} stroke={1.7} aria-hidden />
          <span className="n-clip">{row.queue ?? t('conversation.commonQueue')}</span>
        </UnstyledButton>
      }
    />
  );
}
