import { describe, expect, it } from 'vitest';
import { nextInterval, OFFICE, ofDay, overnight, runs, weekdayName, withDay } from './hours';
import type { OpeningHours } from './queries';

const hours: OpeningHours = { zone: 'Europe/Warsaw', weekly: OFFICE, country: null, subdivision: null, closed: [], extra: [] };

describe('hours', () => {
  it('are told in runs of days', () => {
    expect(runs(hours).map(({ from, to }) => [from, to])).toEqual([[0, 4]]);
    const late = withDay(hours, 2, [{ opens: '12:00', closes: '20:00' }]);
    expect(runs(late).map(({ from, to }) => [from, to])).toEqual([[0, 1], [2, 2], [3, 4]]);
    expect(runs({ ...hours, weekly: [] })).toEqual([]);
  });

  it('change for one day only', () => {
    const off = withDay(hours, 0, []);
    expect(ofDay(off, 0)).toEqual([]);
    expect(ofDay(off, 1)).toHaveLength(1);
  });

  it('begin a day with office hours and go on after a break', () => {
    expect(nextInterval([])).toEqual({ opens: '09:00', closes: '17:00' });
    expect(nextInterval(ofDay(hours, 0))).toEqual({ opens: '18:00', closes: '20:00' });
  });

  it('may go on after midnight', () => {
    expect(overnight({ opens: '22:00', closes: '02:00:00' })).toBe(true);
    expect(overnight({ opens: '00:00', closes: '00:00' })).toBe(true);
    expect(overnight({ opens: '09:00', closes: '17:00' })).toBe(false);
  });
});

it('names weekdays from Monday', () => {
  expect([0, 6].map((day) => weekdayName('en', day, 'long'))).toEqual(['Monday', 'Sunday']);
  expect(weekdayName('pl', 0, 'long')).toBe('poniedziałek');
});
