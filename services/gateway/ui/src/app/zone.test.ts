import { describe, expect, it } from 'vitest';
import { dayOf, daysBetween, HERE, known, momentOf, shownAt } from './zone';

const WARSAW = 'Europe/Warsaw';
const SAO_PAULO = 'America/Sao_Paulo';
const shown = (at: string, zone: string) => shownAt(new Date(at), zone).toISOString().slice(0, 19);
const moment = (at: string, zone: string) => momentOf(new Date(`${at}Z`), zone).toISOString();

describe('a clock', () => {
  it('shows the time of its zone, on both sides of a change', () => {
    expect(shown('2026-03-29T00:59:59Z', WARSAW)).toBe('2026-03-29T01:59:59');
    expect(shown('2026-03-29T01:00:00Z', WARSAW)).toBe('2026-03-29T03:00:00');
    expect(shown('2026-10-25T01:00:00Z', WARSAW)).toBe('2026-10-25T02:00:00');
    expect(shown('2026-11-04T18:15:00Z', 'Asia/Kathmandu')).toBe('2026-11-05T00:00:00');
  });

  it('is set: the first of two times, and later where there is none', () => {
    expect(moment('2026-10-24T09:00', WARSAW)).toBe('2026-10-24T07:00:00.000Z');
    expect(moment('2026-10-25T09:00', WARSAW)).toBe('2026-10-25T08:00:00.000Z');
    expect(moment('2026-10-25T02:30', WARSAW)).toBe('2026-10-25T00:30:00.000Z');
    expect(moment('2026-03-29T02:30', WARSAW)).toBe('2026-03-29T01:30:00.000Z');
    // There the clock was put forward at midnight, so the day began at one.
    expect(moment('2018-11-04T00:00', SAO_PAULO)).toBe('2018-11-04T03:00:00.000Z');
    expect(moment('2018-02-17T23:30', SAO_PAULO)).toBe('2018-02-18T01:30:00.000Z');
  });

  it('is read as it was set, at every hour around the changes', () => {
    for (const [zone, from] of [[WARSAW, '2026-03-27'], [WARSAW, '2026-10-23'], [SAO_PAULO, '2018-11-02'], ['Australia/Lord_Howe', '2026-04-03']] as const) {
      for (let step = 0; step < 24 * 8; step += 1) {
        const at = new Date(Date.parse(from) + step * 1_800_000);
        const back = momentOf(shownAt(at, zone), zone);
        expect(shownAt(back, zone)).toEqual(shownAt(at, zone));
        expect(at.getTime() - back.getTime()).toBeOneOf([0, 1_800_000, 3_600_000]);
      }
    }
  });
});

describe('days', () => {
  it('are those of the zone', () => {
    expect(dayOf(new Date('2026-11-04T23:30:00Z'), WARSAW)).toBe('2026-11-05');
    expect(dayOf(new Date('2026-11-04T23:30:00Z'), SAO_PAULO)).toBe('2026-11-04');
    expect(dayOf(new Date('2026-10-24T22:30:00Z'), WARSAW, 1)).toBe('2026-10-26'); // half past midnight of a day of 25 hours
  });

  it('are counted by the calendar', () => {
    const between = (then: string, now: string, zone: string) => daysBetween(new Date(then), new Date(now), zone);
    expect(between('2026-03-28T22:00:00Z', '2026-03-29T02:00:00Z', WARSAW)).toBe(1);
    expect(between('2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', WARSAW)).toBe(0);
    expect(between('2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', WARSAW)).toBe(0);
    expect(between('2026-11-04T00:00:00Z', '2026-11-04T23:00:00Z', WARSAW)).toBe(1);
    expect(between('2018-11-04T02:59:59Z', '2018-11-04T03:00:00Z', SAO_PAULO)).toBe(1);
  });
});

it('a zone that the browser does not know is the reader’s own', () => {
  expect([known(SAO_PAULO), known('Mars/Olympus'), known(null)]).toEqual([SAO_PAULO, HERE, HERE]);
});
