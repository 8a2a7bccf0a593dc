import { ActionIcon, Button, Chip, Indicator, Menu, MultiSelect, Popover, SegmentedControl, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconBolt, IconCheck, IconChevronDown, IconSearch, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Counts } from '@/api/types';
import { useFormat } from '@/app/format';
import classes from './ListHeader.module.css';
import { countsOptions, inboxesOptions, labelsOptions } from './queries';
import { CHANNELS, filterCount, type InboxSearch, parseInboxSearch, SORTS, STATUSES } from './search';

export const SEARCH_ID = 'inbox-search';

interface Props {
  search: InboxSearch;
  onChange: (next: InboxSearch) => void;
}

export function ListHeader({ search, onChange, onServe, serving }: Props & { onServe: () => void; serving: boolean }) {
  const { t } = useTranslation();
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <StatusMenu search={search} onChange={onChange} />
        <div className={classes.tools}>
          <Tooltip label={`${t('serve.button')}  ·  ␣`}>
            <ActionIcon aria-label={t('serve.button')} onClick={onServe} loading={serving} variant="light" color="nitka">
              <IconBolt size={18} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
          <FilterMenu search={search} onChange={onChange} />
        </div>
      </div>
      <AssigneeSwitch search={search} onChange={onChange} />
      <SearchBox search={search} onChange={onChange} />
      <ActiveFilters search={search} onChange={onChange} />
    </header>
  );
}

function countOf(counts: Counts | undefined, status: (typeof STATUSES)[number]): number | undefined {
  return status === 'any' ? undefined : counts?.[status];
}

function StatusMenu({ search, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: counts } = useQuery(countsOptions);
  const current = search.status ?? 'open';
  const total = countOf(counts, current);
  return (
    <Menu position="bottom-start" width={230}>
      <Menu.Target>
        <button type="button" className={classes.status}>
          <h1 id="list-title">{t(`view.${current}`)}</h1>
          {total === undefined ? null : <span className="n-figures">{format.number(total)}</span>}
          <IconChevronDown size={15} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {STATUSES.map((status) => (
          <Menu.Item
            key={status}
            leftSection={<IconCheck size={14} style={{ visibility: status === current ? 'visible' : 'hidden' }} />}
            rightSection={<span className={classes.count}>{countOf(counts, status) === undefined ? '' : format.number(countOf(counts, status) ?? 0)}</span>}
            onClick={() => onChange(parseInboxSearch({ ...search, status }))}
          >
            {t(`view.${status}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AssigneeSwitch({ search, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: counts } = useQuery(countsOptions);
  const figures = search.status === undefined ? { any: undefined, me: counts?.mine, none: counts?.unassigned } : {};
  const value = search.assignee ?? 'any';
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('assignee.title')}
      value={['any', 'me', 'none'].includes(value) ? value : ''}
      onChange={(next) => onChange(parseInboxSearch({ ...search, assignee: next }))}
      classNames={{ root: classes.switch, label: classes.switchLabel }}
      data={(['any', 'me', 'none'] as const).map((each) => ({
        value: each,
        label: (
          <>
            {t(`assignee.${each}`)}
            {figures[each] === undefined ? null : <span className={classes.figure}>{format.number(figures[each])}</span>}
          </>
        ),
      }))}
    />
  );
}

function SearchBox({ search, onChange }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(search.q ?? '');
  const [sent, setSent] = useState(search.q ?? '');
  // The URL changed from elsewhere (back, a filter was taken away): show what it says.
  if ((search.q ?? '') !== sent) {
    setSent(search.q ?? '');
    setText(search.q ?? '');
  }
  const apply = (q: string) => {
    setSent(parseInboxSearch({ q }).q ?? '');
    onChange(parseInboxSearch({ ...search, q }));
  };
  const later = useDebouncedCallback(apply, 180);
  return (
    <TextInput
      id={SEARCH_ID}
      type="search"
      size="sm"
      aria-label={t('search.label')}
      placeholder={t('search.placeholder')}
      leftSection={<IconSearch size={15} stroke={1.7} />}
      rightSection={
        text ? (
          <ActionIcon
            size={22}
            aria-label={t('search.clear')}
            onClick={() => {
              setText('');
              apply('');
            }}
          >
            <IconX size={14} />
          </ActionIcon>
        ) : null
      }
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.currentTarget.blur();
        if (text) apply('');
        setText('');
      }}
      classNames={{ input: classes.search }}
    />
  );
}

function FilterMenu({ search, onChange }: Props) {
  const { t } = useTranslation();
  const { data: labels = [] } = useQuery(labelsOptions);
  const { data: inboxes = [] } = useQuery(inboxesOptions);
  const chosen = search.channel ?? [];
  const channels = CHANNELS.filter((each) => chosen.includes(each) || inboxes.some((inbox) => inbox.channel === each));
  const names = [...new Set([...labels.map((each) => each.name), ...(search.label ?? [])])];
  return (
    <Popover position="bottom-end" width={300} trapFocus>
      <Indicator disabled={filterCount(search) === 0 && !search.sort} size={8} offset={5} color="nitka">
        <Popover.Target>
          <Tooltip label={t('filter.title')}>
            <ActionIcon aria-label={t('filter.title')}>
              <IconAdjustmentsHorizontal size={18} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown className={classes.filters} aria-label={t('filter.title')}>
        <div>
          <p className={classes.legend}>{t('sort.title')}</p>
          <SegmentedControl
            fullWidth
            size="xs"
            orientation="vertical"
            aria-label={t('sort.title')}
            value={search.sort ?? 'newest'}
            onChange={(sort) => onChange(parseInboxSearch({ ...search, sort }))}
            data={SORTS.map((value) => ({ value, label: t(`sort.${value}`) }))}
          />
        </div>
        {channels.length > 0 ? (
          <div>
            <p className={classes.legend}>{t('filter.channel')}</p>
            <Chip.Group multiple value={chosen} onChange={(channel) => onChange(parseInboxSearch({ ...search, channel }))}>
              <div className={classes.chips}>
                {channels.map((channel) => (
                  <Chip key={channel} value={channel} size="xs" radius="sm">
                    {t(`channel.${channel}`)}
                  </Chip>
                ))}
              </div>
            </Chip.Group>
          </div>
        ) : null}
        <MultiSelect
          label={t('filter.label')}
          size="sm"
          searchable
          clearable
          data={names}
          value={search.label ?? []}
          onChange={(label) => onChange(parseInboxSearch({ ...search, label }))}
          placeholder={search.label ? undefined : t('filter.anyLabel')}
          nothingFoundMessage={t('label.none')}
          comboboxProps={{ withinPortal: false }}
          classNames={{ label: classes.legend }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function ActiveFilters({ search, onChange }: Props) {
  const { t } = useTranslation();
  if (filterCount(search) === 0) return null;
  return (
    <div className={classes.active}>
      {search.channel?.map((channel) => (
        <Filter key={channel} text={t(`channel.${channel}`)} onRemove={() => onChange(parseInboxSearch({ ...search, channel: search.channel?.filter((each) => each !== channel) }))} />
      ))}
      {search.label?.map((label) => (
        <Filter key={label} text={label} onRemove={() => onChange(parseInboxSearch({ ...search, label: search.label?.filter((each) => each !== label) }))} />
      ))}
    </div>
  );
}

function Filter({ text, onRemove }: { text: string; onRemove: () => void }) {
  const { t } = useTranslation();
  return (
    <Button variant="light" size="compact-xs" rightSection={<IconX size={12} />} onClick={onRemove} aria-label={t('filter.remove', { name: text })}>
      {text}
    </Button>
  );
}
