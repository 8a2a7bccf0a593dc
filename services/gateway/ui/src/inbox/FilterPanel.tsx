import '@mantine/core/styles/Chip.css';
import { Chip, MultiSelect, SegmentedControl, Select, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { workersOptions } from '@/app/roles';
import { sessionOptions } from '@/conversation/queries';
import classes from './ListHeader.module.css';
import { inboxesOptions, labelsOptions, storesOptions } from './queries';
import { CHANNELS, type InboxSearch, parseInboxSearch, PRIORITIES, RATINGS, SORTS, STATUSES, statusOf } from './search';

interface Props {
  search: InboxSearch;
  onChange: (next: InboxSearch) => void;
}

/** Everything that the list can be narrowed and ordered by. */
export default function FilterPanel({ search, onChange }: Props) {
  const { t } = useTranslation();
  const { data: labels = [] } = useQuery(labelsOptions);
  const { data: inboxes = [] } = useQuery(inboxesOptions);
  const { data: shops = [] } = useQuery(storesOptions);
  const stores = [...new Set([...shops, ...(search.store ? [search.store] : [])])];
  const set = (fields: Record<string, unknown>) => onChange(parseInboxSearch({ ...search, ...fields }));
  const inList = { withinPortal: false };
  const channels = CHANNELS.filter((each) => search.channel?.includes(each) || inboxes.some((inbox) => inbox.channel === each));
  const accounts = [...new Set([...inboxes.map((each) => each.account), ...(search.account ?? [])])];
  const names = [...new Set([...labels.map((each) => each.name), ...(search.label ?? [])])];
  return (
    <>
      <Group title={t('sort.title')}>
        <SegmentedControl
          fullWidth
          size="xs"
          orientation="vertical"
          aria-label={t('sort.title')}
          value={search.sort ?? 'newest'}
          onChange={(sort) => set({ sort })}
          data={SORTS.map((value) => ({ value, label: t(`sort.${value}`) }))}
        />
      </Group>
      <Select
        label={t('filter.status')}
        size="sm"
        allowDeselect={false}
        data={STATUSES.map((value) => ({ value, label: t(`view.${value}`) }))}
        value={statusOf(search)}
        onChange={(status) => set({ status })}
        comboboxProps={inList}
        classNames={{ label: classes.legend }}
      />
      <AssigneeSelect search={search} onChange={onChange} />
      <Switch size="sm" label={t('filter.unread')} checked={search.unread ?? false} onChange={(event) => set({ unread: event.currentTarget.checked })} />
      <Switch size="sm" label={t('filter.undelivered')} checked={search.undelivered ?? false} onChange={(event) => set({ undelivered: event.currentTarget.checked })} />
      <Select
        label={t('priority.title')}
        size="sm"
        clearable
        placeholder={t('priority.any')}
        data={PRIORITIES.map((value) => ({ value, label: t(`priority.${value}`) }))}
        value={search.priority ?? null}
        onChange={(priority) => set({ priority })}
        comboboxProps={inList}
        classNames={{ label: classes.legend }}
      />
      {channels.length > 0 ? (
        <Group title={t('filter.channel')}>
          <Choices values={channels} chosen={search.channel ?? []} onChange={(channel) => set({ channel })} name={(channel) => t(`channel.${channel}`)} />
        </Group>
      ) : null}
      {accounts.length > 1 || search.account ? (
        <MultiSelect
          label={t('filter.inbox')}
          size="sm"
          clearable
          data={accounts}
          value={search.account ?? []}
          onChange={(account) => set({ account })}
          placeholder={search.account ? undefined : t('filter.anyInbox')}
          comboboxProps={inList}
          classNames={{ label: classes.legend }}
        />
      ) : null}
      {stores.length > 0 ? (
        <Select
          label={t('filter.store')}
          size="sm"
          clearable
          placeholder={t('filter.anyStore')}
          data={stores}
          value={search.store ?? null}
          onChange={(store) => set({ store })}
          comboboxProps={inList}
          classNames={{ label: classes.legend }}
        />
      ) : null}
      <MultiSelect
        label={t('filter.label')}
        description={search.label && search.label.length > 1 ? t('filter.allLabels') : undefined}
        size="sm"
        searchable
        clearable
        data={names}
        value={search.label ?? []}
        onChange={(label) => set({ label })}
        placeholder={search.label ? undefined : t('filter.anyLabel')}
        nothingFoundMessage={t('label.none')}
        comboboxProps={inList}
        classNames={{ label: classes.legend }}
      />
      <Group title={t('filter.rating')}>
        <Choices values={RATINGS} chosen={search.rating ?? []} onChange={(rating) => set({ rating })} name={(score) => score} />
      </Group>
    </>
  );
}

function AssigneeSelect({ search, onChange }: Props) {
  const { t } = useTranslation();
  const { data: agents = [] } = useQuery(workersOptions);
  const { data: me } = useQuery(sessionOptions);
  const colleagues = agents.filter((agent) => agent.id !== me?.id).map((agent) => ({ value: agent.id, label: agent.name }));
  return (
    <Select
      label={t('filter.assignee')}
      size="sm"
      searchable
      allowDeselect={false}
      data={[
        { value: 'any', label: t('assignee.anyone') },
        { value: 'me', label: t('assignee.me') },
        { value: 'none', label: t('assignee.none') },
        { value: 'followed', label: t('assignee.followed') },
        { value: 'mentioned', label: t('assignee.mentioned') },
        ...colleagues,
      ]}
      value={search.assignee ?? 'any'}
      onChange={(assignee) => onChange(parseInboxSearch({ ...search, assignee }))}
      comboboxProps={{ withinPortal: false }}
      classNames={{ label: classes.legend }}
    />
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={title}>
      <p className={classes.legend}>{title}</p>
      {children}
    </div>
  );
}

interface ChoicesProps<T extends string> {
  values: readonly T[];
  chosen: readonly T[];
  onChange: (chosen: string[]) => void;
  name: (value: T) => string;
}

function Choices<T extends string>({ values, chosen, onChange, name }: ChoicesProps<T>) {
  return (
    <Chip.Group multiple value={[...chosen]} onChange={onChange}>
      <div className={classes.chips}>
        {values.map((value) => (
          <Chip key={value} value={value} size="xs" radius="sm">
            {name(value)}
          </Chip>
        ))}
      </div>
    </Chip.Group>
  );
}
