import { describe, expect, it } from 'vitest';
import { presets } from './snooze';

const names = (now: Date) => presets(now).map((each) => each.name);

describe('presets', () => {
  it('always lie ahead, and offer the afternoon only before it', () => {
    expect(names(new Date(2026, 10, 2, 10))).toEqual(['hour', 'afternoon', 'tomorrow', 'nextWeek']);
    expect(names(new Date(2026, 10, 2, 14, 30))).toEqual(['hour', 'tomorrow', 'nextWeek']);
    for (let hour = 0; hour < 24 * 9; hour += 1) {
      const now = new Date(2026, 9, 20, hour);
      expect(presets(now).every((each) => each.until > now)).toBe(true);
    }
  });

  it('next week is the coming Monday morning', () => {
    for (const day of [1, 2, 8]) {
      const until = presets(new Date(2026, 10, day, 12)).at(-1)?.until;
      expect([until?.getDay(), until?.getHours()]).toEqual([1, 9]);
    }
    expect(presets(new Date(2026, 10, 2, 12)).at(-1)?.until.getDate()).toBe(9);
  });
});
