import { afterEach, describe, expect, it } from 'vitest';
import { shownAt } from '@/app/zone';
import { presets } from './snooze';

const WARSAW = 'Europe/Warsaw';
const names = (now: string) => presets(new Date(now), WARSAW).map((each) => each.name);
const times = (now: string, zone = WARSAW) => presets(new Date(now), zone).map((each) => each.until.toISOString());
const reader = process.env.TZ;
afterEach(() => {
  if (reader === undefined) delete process.env.TZ;
  else process.env.TZ = reader;
});

describe('presets', () => {
  it('always lie ahead, and offer the afternoon only before it', () => {
    expect(names('2026-11-02T10:00:00+01:00')).toEqual(['hour', 'afternoon', 'tomorrow', 'nextWeek']);
    expect(names('2026-11-02T14:30:00+01:00')).toEqual(['hour', 'tomorrow', 'nextWeek']);
    for (let hour = 0; hour < 24 * 9; hour += 1) {
      const now = new Date(Date.parse('2026-10-20') + hour * 3_600_000);
      expect(presets(now, WARSAW).every((each) => each.until > now)).toBe(true);
    }
  });

  it('next week is the coming Monday morning', () => {
    for (const day of ['01', '02', '08']) {
      const until = presets(new Date(`2026-11-${day}T12:00:00Z`), WARSAW).at(-1)?.until ?? new Date(0);
      expect([shownAt(until, WARSAW).getUTCDay(), shownAt(until, WARSAW).getUTCHours()]).toEqual([1, 9]);
    }
    expect(times('2026-11-02T12:00:00Z').at(-1)).toBe('2026-11-09T08:00:00.000Z');
  });

  it('are of the given zone, wherever the reader is and whenever its clocks change', () => {
    for (const zone of ['Pacific/Kiritimati', 'America/Los_Angeles', WARSAW]) {
      process.env.TZ = zone;
      // Saturday noon before the clocks are put back; late on Friday is Saturday in Warsaw already.
      expect(times('2026-10-24T12:00:00+02:00')).toEqual(['2026-10-24T11:00:00.000Z', '2026-10-24T13:00:00.000Z', '2026-10-25T08:00:00.000Z', '2026-10-26T08:00:00.000Z']);
      expect(times('2026-10-23T22:30:00Z').slice(2)).toEqual(['2026-10-25T08:00:00.000Z', '2026-10-26T08:00:00.000Z']);
      expect(times('2018-11-03T15:00:00-03:00', 'America/Sao_Paulo').slice(1)).toEqual(['2018-11-04T11:00:00.000Z', '2018-11-05T11:00:00.000Z']);
    }
  });
});
