import { ActionIcon, Button, Indicator, Popover, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconBolt, IconPencilPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { headRef } from '@/app/headRoom';
import { Tooltip } from '@/app/Tooltip';
import { Figure } from './Figure';
import { useFilterName } from './filterNames';
import classes from './ListHeader.module.css';
import { countsOptions } from './queries';
import { everywhere, type Filter, filtersOf, type InboxSearch, parseInboxSearch, sameList, without } from './search';
import { ViewMenu } from './ViewMenu';

const FilterPanel = lazy(() => import('./FilterPanel'));

export const SEARCH_ID = 'inbox-search';

interface Props {
  search: InboxSearch;
  onChange: (next: InboxSearch) => void;
}

interface ServeProps {
  onServe: () => void;
  serving: boolean;
  /** Whether its key serves: beside an unfinished conversation it scrolls. */
  byKey: boolean;
}

export function ListHeader({ search, onChange, onServe, serving, byKey }: Props & ServeProps) {
  const { t } = useTranslation();
  return (
    <header ref={headRef} className={classes.header}>
      <div className={classes.top}>
        <ViewMenu search={search} onChange={onChange} />
        <div className={classes.tools}>
          <Tooltip label={`${t('compose.title')}  ·  C`}>
            <ActionIcon renderRoot={(props) => <Link to="/inbox/new" search={(old) => old} {...props} />} aria-label={t('compose.title')}>
              <IconPencilPlus size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={`${t('serve.button')}${byKey ? '  ·  ␣' : ''}`}>
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

const SWITCH = ['any', 'me', 'none'] as const;

function AssigneeSwitch({ search, onChange }: Props) {
  const { t } = useTranslation();
  const { data: counts } = useQuery(countsOptions);
  // The figures are of all open conversations: beside a list that is narrowed they would mislead.
  const plain = sameList({ ...search, assignee: undefined, sort: undefined }, {});
  const figures = plain ? { any: undefined, me: counts?.mine, none: counts?.unassigned } : {};
  const value = search.assignee ?? 'any';
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('assignee.title')}
      value={SWITCH.some((each) => each === value) ? value : ''}
      onChange={(next) => onChange(parseInboxSearch({ ...search, assignee: next }))}
      classNames={{ root: classes.switch, label: classes.switchLabel }}
      data={SWITCH.map((each) => ({
        value: each,
        label: (
          <>
            {t(`assignee.${each}`)} <Figure value={figures[each]} cap={counts?.cap} />
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
  // The URL changed from elsewhere (back, a view was chosen): show what it says.
  if ((search.q ?? '') !== sent) {
    setSent(search.q ?? '');
    setText(search.q ?? '');
  }
  const apply = (q: string) => {
    const next = parseInboxSearch({ ...search, q });
    setSent(next.q ?? '');
    onChange(next);
  };
  const later = useDebouncedCallback(apply, 150);
  const clear = () => {
    later.cancel();
    setText('');
    if (search.q) apply('');
  };
  return (
    <TextInput
      id={SEARCH_ID}
      type="search"
      size="sm"
      aria-label={t('search.label')}
      placeholder={t('search.placeholder')}
      title={t('search.hint')}
      maxLength={200}
      leftSection={<IconSearch size={15} stroke={1.7} />}
      rightSection={
        text ? (
          <ActionIcon size={22} aria-label={t('search.clear')} onClick={clear}>
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
        if (event.key === 'Enter') {
          later.cancel();
          apply(text);
        }
        if (event.key === 'ArrowDown') {
          event.preventDefault();
          document.querySelector<HTMLElement>('[data-row]')?.focus();
        }
        if (event.key !== 'Escape') return;
        if (!text) event.currentTarget.blur();
        clear();
      }}
      classNames={{ input: classes.search }}
    />
  );
}

function FilterMenu({ search, onChange }: Props) {
  const { t } = useTranslation();
  const [opened, panel] = useDisclosure();
  return (
    <Popover opened={opened} onChange={(next) => !next && panel.close()} position="bottom-end" width={320} trapFocus returnFocus closeOnEscape={false}>
      <Indicator disabled={filtersOf(search).length === 0 && !search.sort} size={8} offset={5} color="nitka">
        <Popover.Target>
          <Tooltip label={t('filter.title')} disabled={opened}>
            <ActionIcon aria-label={t('filter.title')} onClick={panel.toggle}>
              <IconAdjustmentsHorizontal size={18} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown
        className={`${classes.filters} n-scroll`}
        aria-label={t('filter.title')}
        onKeyDown={(event) => {
          // A list of choices that is open closes first.
          const choosing = (event.target as HTMLElement).getAttribute('aria-expanded') === 'true';
          if (event.key === 'Escape' && !choosing) panel.close();
        }}
      >
        <Suspense fallback={<div className={classes.filtersWaiting} />}>
          <FilterPanel search={search} onChange={onChange} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

function ActiveFilters({ search, onChange }: Props) {
  const { t } = useTranslation();
  // The switch above shows these, and takes them away.
  const filters = filtersOf(search).filter(({ field, value }) => field !== 'assignee' || !['me', 'none'].includes(value));
  if (filters.length === 0) return null;
  return (
    <ul className={classes.active} aria-label={t('filter.active')}>
      {filters.map((filter) => (
        <li key={`${filter.field} ${filter.value}`}>
          <FilterChip filter={filter} onRemove={() => onChange(without(search, filter))} />
        </li>
      ))}
      {filters.length > 1 ? (
        <li>
          <Button variant="subtle" color="gray" size="compact-xs" onClick={() => onChange(everywhere(search))}>
            {t('filter.clear')}
          </Button>
        </li>
      ) : null}
    </ul>
  );
}

function FilterChip({ filter, onRemove }: { filter: Filter; onRemove: () => void }) {
  const { t } = useTranslation();
  const name = useFilterName()(filter);
  return (
    <Button
      variant="light"
      size="compact-xs"
      rightSection={<IconX size={12} aria-hidden />}
      onClick={onRemove}
      aria-label={t('filter.remove', { name })}
      classNames={{ root: classes.chip }}
    >
      {name}
    </Button>
  );
}
