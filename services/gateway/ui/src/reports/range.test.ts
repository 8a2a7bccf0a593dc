import { describe, expect, it } from 'vitest';
import { daysOf, parseReportSearch } from './range';

describe('the days of a report', () => {
  it('are the last 30 unless told otherwise, today included', () => {
    expect(daysOf({}, '2026-03-01')).toEqual({ since: '2026-01-31', until: '2026-03-01' });
    expect(daysOf({ range: '7d' }, '2026-11-07')).toEqual({ since: '2026-11-01', until: '2026-11-07' });
  });

  it('are put in order, and nonsense is ignored', () => {
    expect(parseReportSearch({ range: 'own', since: '2026-11-09', until: '2026-11-01' })).toEqual({ range: 'own', since: '2026-11-01', until: '2026-11-09' });
    for (const raw of [{ range: 'own' }, { range: 'own', since: '2026-13-45', until: 'x' }, { range: '1y' }]) expect(parseReportSearch(raw)).toEqual({});
  });
});
