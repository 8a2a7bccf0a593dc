/** Dates, numbers and money as the language writes them. */
import { useTranslation } from 'react-i18next';
import type { Money } from '@/api/types';
import { daysBetween, HERE, known, shownAt, useZone } from './zone';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const cache = new Map<string, unknown>();

function cached<T>(key: string, make: () => T): T {
  let found = cache.get(key) as T | undefined;
  if (found === undefined) cache.set(key, (found = make()));
  return found;
}

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return cached(`d${locale}${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));
}

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return cached(`n${locale}${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));
}

/** The language as it is written where the reader is: "en" is en-GB to a browser that asks for that. */
export function regional(language: string, wanted: readonly string[] = navigator.languages): string {
  return wanted.find((each) => each.startsWith(`${language}-`) && isLocale(each)) ?? language;
}

/** Some browsers ask for what is no language tag, such as "en-US@posix". */
function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `zone` is whose calendar and clock the dates are of. */
export function formatter(locale: string, zone = HERE) {
  const number = (value: number, digits = 0) =>
    numberFormat(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
  const unit = (value: number, name: string) =>
    numberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 0 }).format(value);
  const dated = (at: string | Date, options: Intl.DateTimeFormatOptions) =>
    dateFormat(locale, { timeZone: zone, ...options }).format(new Date(at));
  const time = (at: string | Date) => dated(at, { hour: 'numeric', minute: '2-digit' });
  const sameYear = (at: Date, now: Date) => shownAt(at, zone).getUTCFullYear() === shownAt(now, zone).getUTCFullYear();

  return {
    number,
    /** "10K" */
    compact: (value: number) => numberFormat(locale, { notation: 'compact' }).format(value),
    percent: (share: number) => numberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share),
    time,

    /** "23 October 2026, 14:05", and of which zone that is where the reader's own clock shows another one. */
    absolute: (value: string | Date) =>
      dated(value, { dateStyle: 'long', timeStyle: 'short' }) + (zone === HERE ? '' : ` (${zone})`),

    /** "Fri 23 Oct, 14:05" */
    soon: (value: string | Date) =>
      dated(value, { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }),

    date: (value: string | Date) => dated(value, { dateStyle: 'medium' }),

    /** A calendar day without a time, as the reports give it: "2026-10-23". */
    day: (value: string) => dated(value, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
    longDay: (value: string) => dated(value, { dateStyle: 'full', timeZone: 'UTC' }),

    /** The heading of a day in the thread: "Today", "Yesterday", "Friday", "23 October". */
    dayHeading: (value: string, now: Date) => {
      const at = new Date(value);
      const days = daysBetween(at, now, zone);
      if (days < 2 && days > -1) {
        const word = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day');
        return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
      }
      const year = sameYear(at, now) ? undefined : 'numeric';
      return dated(at, { weekday: 'long', day: 'numeric', month: 'long', year });
    },

    /** Short and relative for a list: "now", "5 min", "14:05", "Tue", "23 Oct", "23 Oct 2024". */
    relative: (value: string, now: Date, nowWord: string) => {
      const at = new Date(value);
      const age = now.getTime() - at.getTime();
      if (age < MINUTE) return nowWord;
      if (age < HOUR) return unit(Math.floor(age / MINUTE), 'minute');
      const days = daysBetween(at, now, zone);
      if (days === 0) return time(at);
      if (days < 7) return dated(at, { weekday: 'short' });
      const year = sameYear(at, now) ? undefined : '2-digit';
      return dated(at, { day: 'numeric', month: 'short', year });
    },

    /** "20 seconds ago"; what lies ahead of a clock that is slow is now. */
    ago: (value: string, now: Date) => {
      const words = cached(`r${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
      const seconds = Math.max(0, Math.floor((now.getTime() - new Date(value).getTime()) / 1000));
      if (seconds < 60) return words.format(-seconds, 'second');
      if (seconds < 3600) return words.format(-Math.floor(seconds / 60), 'minute');
      if (seconds < 86_400) return words.format(-Math.floor(seconds / 3600), 'hour');
      return words.format(-Math.floor(seconds / 86_400), 'day');
    },

    /** A length of time in its two largest units: "2 hr 14 min". */
    duration: (seconds: number) => {
      const minutes = Math.max(0, Math.floor(seconds / 60));
      if (minutes < 60) return unit(minutes, 'minute');
      const hours = Math.floor(minutes / 60);
      if (hours < 24) return minutes % 60 ? `${unit(hours, 'hour')} ${unit(minutes % 60, 'minute')}` : unit(hours, 'hour');
      const days = Math.floor(hours / 24);
      return hours % 24 ? `${unit(days, 'day')} ${unit(hours % 24, 'hour')}` : unit(days, 'day');
    },

    bytes: (size: number) => {
      const [value, name] = size < 1000 ? [size, 'byte'] : size < 1_000_000 ? [size / 1000, 'kilobyte'] : [size / 1_000_000, 'megabyte'];
      return numberFormat(locale, {
        style: 'unit',
        unit: name,
        unitDisplay: name === 'byte' ? 'long' : 'short', // the short form of a byte has no plural
        maximumFractionDigits: value < 10 ? 1 : 0,
      }).format(value);
    },

    money: ({ amount, currency }: Money) => {
      try {
        return numberFormat(locale, { style: 'currency', currency }).format(Number(amount));
      } catch (error) {
        if (error instanceof RangeError) return `${amount} ${currency}`; // a shop's currency that ISO 4217 lacks
        throw error;
      }
    },
  };
}

export type Formatter = ReturnType<typeof formatter>;

/** As the language writes them, in the shop's time zone or in that one. */
export function useFormat(own?: string): Formatter {
  const { i18n } = useTranslation();
  const shops = useZone();
  const zone = own ? known(own) : shops;
  return cached(`f${i18n.language} ${zone}`, () => formatter(regional(i18n.language), zone));
}
