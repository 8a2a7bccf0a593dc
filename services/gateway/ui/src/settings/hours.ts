/** Business hours as the editor shows them: a row a weekday. Pure functions. */
import type { Interval, OpeningHours } from './queries';

/** The server's 0 is Monday. */
export const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;

export const OFFICE: Interval[] = [0, 1, 2, 3, 4].map((weekday) => ({ weekday, opens: '09:00', closes: '17:00' }));

export function ofDay(hours: OpeningHours, weekday: number): Interval[] {
  return hours.weekly.filter((each) => each.weekday === weekday).sort((one, other) => one.opens.localeCompare(other.opens));
}

/** The hours with those of one weekday replaced. */
export function withDay(hours: OpeningHours, weekday: number, intervals: readonly Omit<Interval, 'weekday'>[]): OpeningHours {
  const others = hours.weekly.filter((each) => each.weekday !== weekday);
  const weekly = [...others, ...intervals.map((each) => ({ ...each, weekday }))];
  return { ...hours, weekly: weekly.sort((one, other) => one.weekday - other.weekday || one.opens.localeCompare(other.opens)) };
}

/** What one would add to a day: after the last interval, or the office's hours. */
export function nextInterval(day: readonly Interval[]): Omit<Interval, 'weekday'> {
  const last = day.at(-1);
  if (!last) return { opens: '09:00', closes: '17:00' };
  const hour = Math.min(Number(last.closes.slice(0, 2)) + 1, 22);
  return { opens: `${pad(hour)}:00`, closes: `${pad(Math.min(hour + 2, 23))}:00` };
}

function pad(hour: number): string {
  return String(hour).padStart(2, '0');
}

/** `09:00:00` as a field for times wants it. */
export function short(time: string): string {
  return time.slice(0, 5);
}

/** Whether the interval goes on after midnight. */
export function overnight({ opens, closes }: Pick<Interval, 'opens' | 'closes'>): boolean {
  return short(closes) <= short(opens);
}

/** Days with the same hours in a row are one: Monday to Friday 9 to 5. */
export function runs(hours: OpeningHours): { from: number; to: number; intervals: Interval[] }[] {
  const key = (day: Interval[]) => day.map((each) => `${short(each.opens)}-${short(each.closes)}`).join();
  const found: { from: number; to: number; intervals: Interval[] }[] = [];
  for (const weekday of WEEKDAYS) {
    const intervals = ofDay(hours, weekday);
    const last = found.at(-1);
    if (last && last.to === weekday - 1 && key(last.intervals) === key(intervals)) last.to = weekday;
    else if (intervals.length > 0) found.push({ from: weekday, to: weekday, intervals });
  }
  return found;
}

/** A weekday's name in a language. */
export function weekdayName(locale: string, weekday: number, style: 'long' | 'short'): string {
  // 2024 began with a Monday.
  return new Intl.DateTimeFormat(locale, { weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + weekday)));
}
