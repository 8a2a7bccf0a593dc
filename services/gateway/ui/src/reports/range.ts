/** Which days a report is about; kept in the URL. */

export const RANGES = ['7d', '30d', '90d', 'own'] as const;
export type Range = (typeof RANGES)[number];

/** Absent: the last 30 days. `since` and `until` (days, both included) belong to `own`. */
export interface ReportSearch {
  range?: Exclude<Range, '30d'>;
  since?: string;
  until?: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function isDay(value: unknown): value is string {
  return typeof value === 'string' && DAY.test(value) && !Number.isNaN(Date.parse(value));
}

export function parseReportSearch(raw: Record<string, unknown>): ReportSearch {
  if (raw.range === '7d' || raw.range === '90d') return { range: raw.range };
  if (raw.range !== 'own' || !isDay(raw.since) || !isDay(raw.until)) return {};
  const [since, until] = [raw.since, raw.until].sort();
  return { range: 'own', since, until };
}

export interface Days {
  since: string;
  until: string;
}

function shift(day: string, by: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

/** The days of a search, seen from `today`. */
export function daysOf(search: ReportSearch, today: string): Days {
  if (search.range === 'own' && search.since && search.until) return { since: search.since, until: search.until };
  const length = search.range === '7d' ? 7 : search.range === '90d' ? 90 : 30;
  return { since: shift(today, 1 - length), until: today };
}
