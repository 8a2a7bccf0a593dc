import '@mantine/core/styles/ColorSwatch.css';
import '@mantine/charts/styles.css';
import '@mantine/dates/styles.css';
import { Button, Popover, SegmentedControl, Skeleton } from '@mantine/core';
import { DatePicker } from '@mantine/dates';
import { IconCalendar } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Cards } from '@/api/types';
import { DateTexts, useCalendarLabels } from '@/app/DateTexts';
import { type Formatter, useFormat } from '@/app/format';
import { PageTitle } from '@/app/PageTitle';
import { headRef } from '@/app/headRoom';
import { ErrorState } from '@/app/states';
import { useDelayed } from '@/app/useDelayed';
import { useNow } from '@/app/useNow';
import { dayOf, useZone } from '@/app/zone';
import { shopOptions } from '@/settings/queries';
import { DayChart } from './DayChart';
import { DayTable } from './DayTable';
import { cardsOptions, seriesOptions } from './queries';
import { type Days, daysOf, parseReportSearch, RANGES, type ReportSearch } from './range';
import classes from './ReportsPage.module.css';

const route = getRouteApi('/app/reports');

/** The six figures of a range of days, then the days one by one. */
export function ReportsPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = useNavigate();
  const zone = useZone();
  const today = dayOf(useNow(), zone);
  const days = daysOf(search, today);
  // Asked once, when it is known in which zone.
  const enabled = !useQuery(shopOptions).isPending;
  const cards = useQuery({ ...cardsOptions(days, zone), enabled });
  const series = useQuery({ ...seriesOptions(days, zone), enabled });
  const error = cards.error ?? series.error;
  return (
    <div className={`${classes.page} n-scroll`}>
      <div className={classes.inner}>
        <header ref={headRef} className={classes.header}>
          <div>
            <PageTitle>{t('reports.title')}</PageTitle>
            <h1>{t('reports.title')}</h1>
            <RangeLine days={days} asOf={cards.data?.as_of} />
          </div>
          <RangePicker search={search} days={days} today={today} onChange={(next) => void navigate({ to: '/reports', search: parseReportSearch({ ...next }), replace: true })} />
        </header>
        {error && !cards.data && !series.data ? (
          <ErrorState
            error={error}
            retry={() => {
              void cards.refetch();
              void series.refetch();
            }}
          />
        ) : (
          <>
            <CardRow cards={cards.data} stale={cards.isPlaceholderData} />
            <section className={classes.box} aria-labelledby="per-day" data-stale={series.isPlaceholderData}>
              <h2 id="per-day">{t('reports.perDay')}</h2>
              <p className={classes.sentence}>{t('reports.perDayText')}</p>
              <div className={classes.chart}>{series.data ? <DayChart series={series.data} /> : null}</div>
            </section>
            {series.data ? <DayTable series={series.data} /> : null}
          </>
        )}
      </div>
    </div>
  );
}

function RangeLine({ days, asOf }: { days: Days; asOf: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const zone = useZone();
  return (
    <p className={classes.sentence}>
      {t('reports.range', { since: format.day(days.since), until: format.day(days.until), zone })}
      {asOf ? ` · ${t('reports.asOf', { time: format.time(asOf) })}` : ''}
    </p>
  );
}

function RangePicker({ search, days, today, onChange }: { search: ReportSearch; days: Days; today: string; onChange: (next: ReportSearch) => void }) {
  const { t } = useTranslation();
  const labels = useCalendarLabels();
  const [own, setOwn] = useState(false);
  const [picked, setPicked] = useState<[string | null, string | null]>([days.since, days.until]);
  return (
    <div className={classes.ranges}>
      <SegmentedControl
        aria-label={t('reports.rangeTitle')}
        size="xs"
        value={search.range ?? '30d'}
        onChange={(range) => (range === 'own' ? setOwn(true) : onChange({ range: range as ReportSearch['range'] }))}
        data={RANGES.filter((each) => each !== 'own').map((value) => ({ value, label: t(`reports.${value}`) }))}
      />
      <Popover opened={own} onChange={setOwn} position="bottom-end" trapFocus>
        <Popover.Target>
          <Button size="xs" variant={search.range === 'own' ? 'light' : 'default'} leftSection={<IconCalendar size={15} stroke={1.6} />} onClick={() => setOwn(!own)}>
            {t('reports.own')}
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label={t('reports.own')}>
          <DateTexts>
            <DatePicker
              type="range"
              ariaLabels={labels}
              allowSingleDateInRange
              maxDate={today}
              value={picked}
              onChange={(next) => {
                setPicked(next);
                const [since, until] = next;
                if (!since || !until) return;
                setOwn(false);
                onChange({ range: 'own', since, until });
              }}
            />
          </DateTexts>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function figures(cards: Cards, format: Formatter): Record<Name, string> {
  return {
    newThreads: format.number(cards.new_threads),
    messages: format.number(cards.messages),
    newUsers: format.number(cards.new_users),
    labelled: format.number(cards.labelled_threads),
    rating: cards.average_rating === null ? '–' : format.number(cards.average_rating, 2),
    ratings: format.number(cards.ratings),
  };
}

const NAMES = ['newThreads', 'messages', 'newUsers', 'labelled', 'rating', 'ratings'] as const;
type Name = (typeof NAMES)[number];

function CardRow({ cards, stale }: { cards: Cards | undefined; stale: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const late = useDelayed(!cards);
  const values = cards && figures(cards, format);
  const share = cards && cards.new_threads > 0 ? cards.labelled_threads / cards.new_threads : 0;
  return (
    <dl className={classes.cards} data-stale={stale}>
      {NAMES.map((name) => (
        <div key={name} className={classes.card}>
          <dt>{t(`reports.${name}`)}</dt>
          <dd className={classes.figure}>{values ? values[name] : late ? <Skeleton height={26} width={80} mt={6} /> : ' '}</dd>
          <dd className={classes.sentence}>{t(`reports.${name}Text`, { count: cards?.ratings ?? 0, share: format.percent(share) })}</dd>
        </div>
      ))}
    </dl>
  );
}
