/** Calendar and clock of the shop's time zone. Clocks are read and set by Intl, which knows when they change. */
import { useQuery } from '@tanstack/react-query';
import { shopOptions } from '@/settings/queries';

const DAY = 86_400_000;

/** The reader's own. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Raises RangeError for a zone that this browser does not know. */
function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(zone, clock);
  }
  return clock;
}

/** What calendar and clock of `zone` show at a moment, as the UTC fields of a date. */
export function shownAt(at: Date, zone: string): Date {
  const parts = clockOf(zone).formatToParts(at);
  const [year = 0, month = 1, day, hour, minute, second] = (['year', 'month', 'day', 'hour', 'minute', 'second'] as const).map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  );
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, at.getUTCMilliseconds()));
}

/**
 * When calendar and clock of `zone` show that: the first time where the clock is put back over it, and as much later
 * as it is put forward where it never shows that.
 */
export function momentOf(shown: Date, zone: string): Date {
  const [before, after] = [-DAY, DAY].map((by) => {
    const near = new Date(shown.getTime() + by);
    return new Date(shown.getTime() + near.getTime() - shownAt(near, zone).getTime());
  }) as [Date, Date];
  const fits = (at: Date) => shownAt(at, zone).getTime() === shown.getTime();
  return !fits(before) && fits(after) ? after : before;
}

/** Whole calendar days from `then` to `now`, right across a change of the clock. */
export function daysBetween(then: Date, now: Date, zone: string): number {
  const [first, last] = [then, now].map((at) => Math.floor(shownAt(at, zone).getTime() / DAY)) as [number, number];
  return last - first;
}

/** The calendar day of a moment: "2026-10-23". */
export function dayOf(at: Date, zone: string, plusDays = 0): string {
  return new Date(shownAt(at, zone).getTime() + plusDays * DAY).toISOString().slice(0, 10);
}

/** The shop's; the reader's own while nobody has set one. */
export function useZone(): string {
  const { data } = useQuery(shopOptions);
  return known(data?.settings.time_zone);
}

/** The zone, or the reader's own in place of none and of one that the browser does not know. */
export function known(zone: string | null | undefined): string {
  return zone && isKnown(zone) ? zone : HERE;
}

function isKnown(zone: string): boolean {
  try {
    clockOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
