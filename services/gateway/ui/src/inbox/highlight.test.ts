import { describe, expect, it } from 'vitest';
import { parts, wordsOf } from './highlight';

const shown = (text: string, q: string) =>
  parts(text, wordsOf(q))
    .map((part) => (part.found ? `[${part.text}]` : part.text))
    .join('');

describe('what was found', () => {
  it('is marked without regard to accents and capitals', () => {
    expect(shown('Żółw z Łodzi', 'zolw lodzi')).toBe('[Żółw] z [Łodzi]');
    expect(shown('İstanbul', 'istan')).toBe('[İstan]bul');
  });

  it('is marked wherever it is, each word', () => {
    expect(shown('order 12 and order 3', 'order and')).toBe('[order] 12 [and] [order] 3');
    expect(shown('aaa', 'aa')).toBe('[aa]a');
  });

  it('keeps letters outside the plane together', () => {
    expect(shown('😀 hello 😀', 'hello')).toBe('😀 [hello] 😀');
  });

  it('is nothing without a word', () => {
    expect(shown('hello', ' ')).toBe('hello');
    expect(shown('hello', 'h')).toBe('hello');
    expect(parts('', ['x'])).toEqual([{ text: '', found: false }]);
  });
});
