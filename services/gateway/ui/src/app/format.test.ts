import { describe, expect, it } from 'vitest';
import { formatter, regional } from './format';
import { HERE } from './zone';

const now = new Date(2026, 10, 4, 12, 0);
const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
const MINUTE = 60_000;

describe('relative time', () => {
  const { relative } = formatter('en');
  it.each([
    [20_000, 'now'],
    [5 * MINUTE, '5 min'],
    [3 * 60 * MINUTE, '9:00 AM'],
    [26 * 60 * MINUTE, 'Tue'],
    [20 * 24 * 60 * MINUTE, 'Oct 15'],
  ])('%d ms ago is %s', (ms, text) => expect(relative(ago(ms), now, 'now').replace(/\u202f/g, ' ')).toBe(text));
});

describe('amounts', () => {
  it('follow the language', () => {
    expect(formatter('pl').money({ amount: '1234.5', currency: 'PLN' }).replace(/\s/g, ' ')).toBe('1234,50 zł');
    expect(formatter('pt-BR').money({ amount: '10', currency: 'BRL' }).replace(/\s/g, ' ')).toBe('R$ 10,00');
    expect(formatter('en').money({ amount: '10', currency: '???' })).toBe('10 ???');
    expect(formatter('tr').percent(0.5)).toBe('%50');
  });

  it('sizes and lengths of time are in sensible units', () => {
    const { bytes, duration } = formatter('en');
    expect([bytes(1), bytes(900), bytes(48_000), bytes(1_340_000)]).toEqual(['1 byte', '900 bytes', '48 kB', '1.3 MB']);
    expect(['pl', 'pt-BR', 'tr'].map((locale) => formatter(locale).bytes(6))).toEqual(['6 bajtów', '6 bytes', '6 bayt']);
    expect([duration(30), duration(3600 * 2 + 840), duration(3600 * 26)]).toEqual(['0 min', '2 hr 14 min', '1 day 2 hr']);
  });
});

describe('dates of another zone', () => {
  const midnight = new Date('2026-12-31T23:30:00Z'); // half past midnight of the new year in Warsaw
  const warsaw = formatter('en-GB', 'Europe/Warsaw');
  const saoPaulo = formatter('en-GB', 'America/Sao_Paulo');

  it('have its days', () => {
    const before = '2026-12-31T21:00:00Z';
    expect([warsaw.dayHeading(before, midnight), saoPaulo.dayHeading(before, midnight)]).toEqual(['Yesterday', 'Today']);
    expect([warsaw.relative(before, midnight, ''), saoPaulo.relative(before, midnight, '')]).toEqual(['Thu', '18:00']);
    const summer = '2026-06-01T12:00:00Z';
    expect([warsaw.dayHeading(summer, midnight), saoPaulo.dayHeading(summer, midnight)].map((each) => each.includes('2026'))).toEqual([true, false]);
    expect([warsaw.date(midnight), saoPaulo.date(midnight)]).toEqual(['1 Jan 2027', '31 Dec 2026']);
    expect(warsaw.day('2026-12-31')).toBe(saoPaulo.day('2026-12-31'));
  });

  it('have its clock, summer and winter', () => {
    expect(['2026-03-29T00:59:00Z', '2026-03-29T01:00:00Z'].map(warsaw.time)).toEqual(['1:59', '3:00'].map((each) => expect.stringMatching(`^0?${each}$`)));
    expect(warsaw.soon('2026-07-01T12:00:00Z')).toContain('14:00');
  });

  it('name it where the reader is elsewhere', () => {
    const elsewhere = HERE === 'Europe/Warsaw' ? 'America/Sao_Paulo' : 'Europe/Warsaw';
    expect(formatter('en-GB', elsewhere).absolute(midnight)).toMatch(`(${elsewhere})`);
    expect(formatter('en-GB').absolute(midnight)).not.toContain('(');
  });
});

it('a language is written as where the reader is', () => {
  const wanted = ['pl', 'en-GB', 'en-US'];
  expect(['en', 'pl', 'pt-BR', 'tr'].map((language) => regional(language, wanted))).toEqual(['en-GB', 'pl', 'pt-BR', 'tr']);
  expect(regional('en', ['en-US@posix', 'en-GB'])).toBe('en-GB');
  expect(formatter(regional('en', wanted)).time('2026-11-04T15:05:00')).toBe('15:05');
});
