import { ActionIcon, Button, Select, Switch, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/app/format';
import { useZone } from '@/app/zone';
import { nextInterval, OFFICE, ofDay, overnight, short, WEEKDAYS, weekdayName, withDay } from './hours';
import { holidayCountriesOptions, type InboxSettings, type Interval, type OpeningHours } from './queries';
import { withAt } from './rules';
import classes from './shop.module.css';
import { ZoneSelect } from './ZoneSelect';

const SHOWN = 6;

interface Props {
  hours: OpeningHours | null;
  onChange: (hours: OpeningHours | null) => void;
  /** Of the hours as they are saved. */
  holidays: InboxSettings['holidays'];
  saved: OpeningHours | null;
}

/** When somebody is there. */
export function HoursEditor({ hours, onChange, holidays, saved }: Props) {
  const { t } = useTranslation();
  const here = useZone();
  const begin = (): OpeningHours => saved ?? { zone: here, weekly: OFFICE, country: null, subdivision: null, closed: [], extra: [] };
  return (
    <fieldset className={classes.part}>
      <legend>{t('shop.hours.title')}</legend>
      <Switch label={t('shop.hours.use')} description={t('shop.hours.useText')} checked={hours !== null} onChange={(event) => onChange(event.currentTarget.checked ? begin() : null)} />
      {hours ? (
        <>
          <ZoneSelect label={t('shop.hours.zone')} value={hours.zone} onChange={(zone) => zone && onChange({ ...hours, zone })} maw={320} />
          <dl className={classes.days}>
            {WEEKDAYS.map((weekday) => (
              <Day key={weekday} weekday={weekday} intervals={ofDay(hours, weekday)} onChange={(intervals) => onChange(withDay(hours, weekday, intervals))} />
            ))}
          </dl>
          <Holidays hours={hours} onChange={onChange} holidays={saved?.country === hours.country && saved?.subdivision === hours.subdivision ? holidays : null} />
          <Closed hours={hours} onChange={onChange} />
        </>
      ) : null}
    </fieldset>
  );
}

function Day({ weekday, intervals, onChange }: { weekday: number; intervals: Interval[]; onChange: (intervals: Omit<Interval, 'weekday'>[]) => void }) {
  const { t, i18n } = useTranslation();
  const name = weekdayName(i18n.language, weekday, 'long');
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {intervals.length === 0 ? <span className={classes.dim}>{t('shop.hours.closed')}</span> : null}
        {intervals.map((each, index) => (
          <span key={index} className={classes.span}>
            <Time label={t('shop.hours.opens', { day: name })} value={each.opens} onChange={(opens) => onChange(withAt(intervals, index, { ...each, opens }))} />
            –
            <Time label={t('shop.hours.closes', { day: name })} value={each.closes} onChange={(closes) => onChange(withAt(intervals, index, { ...each, closes }))} />
            <Overnight interval={each} />
            <ActionIcon size={26} aria-label={t('shop.hours.remove', { day: name })} onClick={() => onChange(withAt(intervals, index, null))}>
              <IconX size={14} />
            </ActionIcon>
          </span>
        ))}
        <ActionIcon size={26} aria-label={t('shop.hours.add', { day: name })} onClick={() => onChange([...intervals, nextInterval(intervals)])}>
          <IconPlus size={15} />
        </ActionIcon>
      </dd>
    </>
  );
}

/** Where it ends on the next day. */
function Overnight({ interval }: { interval: Pick<Interval, 'opens' | 'closes'> }) {
  const { t } = useTranslation();
  if (!overnight(interval)) return null;
  const around = short(interval.opens) === short(interval.closes);
  return <span className={classes.dim}>{t(around ? 'shop.hours.around' : 'shop.hours.nextDay')}</span>;
}

function Time({ label, value, onChange }: { label: string; value: string; onChange: (time: string) => void }) {
  return <TextInput type="time" size="xs" aria-label={label} value={short(value)} onChange={(event) => event.currentTarget.value && onChange(event.currentTarget.value)} />;
}

function Holidays({ hours, onChange, holidays }: { hours: OpeningHours; onChange: Props['onChange']; holidays: Props['holidays'] | null }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { data: countries = [] } = useQuery(holidayCountriesOptions);
  const names = new Intl.DisplayNames(i18n.language, { type: 'region' });
  const parts = countries.find(({ code }) => code === hours.country)?.subdivisions ?? [];
  const choices = countries
    .map(({ code }) => ({ value: code, label: names.of(code) ?? code }))
    .sort((one, other) => one.label.localeCompare(other.label, i18n.language));
  return (
    <>
      <div className={classes.pair}>
        <Select
          label={t('shop.hours.holidays')}
          placeholder={t('shop.hours.noHolidays')}
          data={choices}
          value={hours.country ?? null}
          onChange={(country) => onChange({ ...hours, country, subdivision: null })}
          searchable
          clearable
          allowDeselect={false}
        />
        {parts.length > 0 ? (
          <Select
            label={t('shop.hours.part')}
            placeholder={t('shop.hours.whole')}
            data={[...parts]}
            value={hours.subdivision ?? null}
            onChange={(subdivision) => onChange({ ...hours, subdivision })}
            searchable
            clearable
            allowDeselect={false}
          />
        ) : null}
      </div>
      {hours.country && holidays && holidays.length > 0 ? (
        <p className={classes.dim}>
          {t('shop.hours.next')} {holidays.slice(0, SHOWN).map(({ day, name }) => `${format.day(day)} ${name}`).join(' · ')}
        </p>
      ) : null}
      {hours.country && !holidays ? <p className={classes.dim}>{t('shop.hours.nextWhenSaved')}</p> : null}
    </>
  );
}

/** Days that are not like the week says. */
function Closed({ hours, onChange }: { hours: OpeningHours; onChange: Props['onChange'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [day, setDay] = useState('');
  const { closed, extra } = hours;
  const known = day === '' || closed.includes(day) || extra.some((each) => each.day === day);
  return (
    <>
      {closed.map((each) => (
        <span key={each} className={classes.span}>
          {t('shop.hours.closedOn', { day: format.longDay(each) })}
          <ActionIcon size={26} aria-label={t('shop.hours.remove', { day: each })} onClick={() => onChange({ ...hours, closed: closed.filter((other) => other !== each) })}>
            <IconX size={14} />
          </ActionIcon>
        </span>
      ))}
      {extra.map((each, index) => (
        <span key={each.day + index} className={classes.span}>
          {t('shop.hours.openOn', { day: format.longDay(each.day) })}
          <Time label={t('shop.hours.opens', { day: each.day })} value={each.opens} onChange={(opens) => onChange({ ...hours, extra: withAt(extra, index, { ...each, opens }) })} />
          –
          <Time label={t('shop.hours.closes', { day: each.day })} value={each.closes} onChange={(closes) => onChange({ ...hours, extra: withAt(extra, index, { ...each, closes }) })} />
          <Overnight interval={each} />
          <ActionIcon size={26} aria-label={t('shop.hours.remove', { day: each.day })} onClick={() => onChange({ ...hours, extra: withAt(extra, index, null) })}>
            <IconX size={14} />
          </ActionIcon>
        </span>
      ))}
      <div className={classes.head}>
        <TextInput type="date" size="xs" aria-label={t('shop.hours.day')} value={day} onChange={(event) => setDay(event.currentTarget.value)} />
        <Button
          size="xs"
          variant="default"
          disabled={known}
          onClick={() => {
            onChange({ ...hours, closed: [...closed, day].sort() });
            setDay('');
          }}
        >
          {t('shop.hours.addClosed')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={known}
          onClick={() => {
            onChange({ ...hours, extra: [...extra, { day, opens: '09:00', closes: '17:00' }] });
            setDay('');
          }}
        >
          {t('shop.hours.addOpen')}
        </Button>
      </div>
    </>
  );
}
