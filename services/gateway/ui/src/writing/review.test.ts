import { describe, expect, it } from 'vitest';
import { accept, acceptAll, type Correction, edited, neighbour, reject, type Review, reviewOf, segments, undoing } from './review';

const TEXT = '😀 We has recieved teh order , thanks';

function correction(original: string, ...replacements: string[]): Correction {
  return { offset: TEXT.indexOf(original), length: original.length, original, replacements, message: '', category: 'spelling', sure: true };
}

const FOUND = [correction('has', 'have', 'had'), correction('recieved', 'received'), correction('teh', 'the'), correction(' ,', ',')];

function shown(review: Review): string {
  return segments(review)
    .map((each) => ('mark' in each ? `[${each.mark.original}>${each.mark.replacements[0]}]` : each.text))
    .join('');
}

describe('a review', () => {
  it('shows the whole text with its marks', () => {
    expect(shown(reviewOf(TEXT, [...FOUND].reverse()))).toBe('😀 We [has>have] [recieved>received] [teh>the] order[ ,>,] thanks');
  });

  it('leaves out what is about another text, overlaps, or changes lines', () => {
    const wrong = [
      { ...correction('has', 'have'), offset: 4 },
      { ...correction('has', 'have'), offset: 400 },
      correction('has reci', 'had reci'),
      correction('teh', 't\nhe'),
      correction('order', 'ordre'),
    ];
    expect(shown(reviewOf(TEXT, wrong))).toBe('😀 We [has reci>had reci]eved teh [order>ordre] , thanks');
  });

  it('takes one proposal, the best or another, and moves the marks behind it', () => {
    const one = accept(reviewOf(TEXT, FOUND), 0);
    expect(shown(one)).toBe('😀 We have [recieved>received] [teh>the] order[ ,>,] thanks');
    expect(accept(reviewOf(TEXT, FOUND), 0, 1).text).toBe('😀 We had recieved teh order , thanks');
    expect(accept(one, 99)).toBe(one);
    expect(accept(one, 1, 7)).toBe(one);
  });

  it('leaves one, and takes all that are left', () => {
    const all = acceptAll(reject(reviewOf(TEXT, FOUND), 2));
    expect(all.text).toBe('😀 We have received teh order, thanks');
    expect(all.marks).toEqual([]);
  });

  it('takes at once only what is sure', () => {
    const all = acceptAll(reviewOf(TEXT, FOUND.map((each) => ({ ...each, sure: each.original !== 'teh' }))));
    expect(shown(all)).toBe('😀 We have received [teh>the] order, thanks');
  });

  it('gives the same text in whichever order the proposals are taken', () => {
    const all = acceptAll(reviewOf(TEXT, FOUND)).text;
    const orders = [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]];
    for (const order of orders) expect(order.reduce((left, id) => accept(left, id), reviewOf(TEXT, FOUND)).text).toBe(all);
  });

  it('inserts, also twice beside each other', () => {
    const insert = (offset: number, value: string): Correction => ({
      offset,
      length: 0,
      original: '',
      replacements: [value],
      message: '',
      category: 'punctuation',
      sure: true,
    });
    const review = reviewOf('ab', [insert(1, ','), insert(2, '.')]);
    expect(shown(review)).toBe('a[>,]b[>.]');
    expect(acceptAll(review).text).toBe('a,b.');
    expect(accept(accept(review, 0), 1).text).toBe('a,b.');
  });

  it('makes everything undone', () => {
    for (const review of [acceptAll(reviewOf(TEXT, FOUND)), accept(accept(reviewOf(TEXT, FOUND), 3), 0)]) {
      const before = undoing(review.done).reduce(
        (text, each) => text.slice(0, each.offset) + each.replacement + text.slice(each.offset + each.original.length),
        review.text,
      );
      expect(before).toBe(TEXT);
    }
  });
});

describe('a text that is edited meanwhile', () => {
  it('keeps the marks before and behind the edit', () => {
    const review = reviewOf(TEXT, FOUND);
    expect(shown(edited(review, TEXT.replace('teh', 'our')))).toBe('😀 We [has>have] [recieved>received] our order[ ,>,] thanks');
    expect(shown(edited(review, `Hi ${TEXT}`))).toBe('Hi 😀 We [has>have] [recieved>received] [teh>the] order[ ,>,] thanks');
    expect(shown(edited(review, `${TEXT}!`))).toBe('😀 We [has>have] [recieved>received] [teh>the] order[ ,>,] thanks!');
    expect(shown(edited(review, ''))).toBe('');
  });

  it('never shows a mark where its words are not', () => {
    let seed = 7;
    const chance = (limit: number) => (seed = (seed * 16807) % 2147483647) % limit;
    const wrong: string[] = [];
    for (let round = 0; round < 2000; round++) {
      const from = chance(TEXT.length + 1);
      const to = from + chance(TEXT.length - from + 1);
      const text = TEXT.slice(0, from) + 'teh has'.slice(0, chance(8)) + TEXT.slice(to);
      const review = edited(reviewOf(TEXT, FOUND), text);
      const exact = review.marks.every((mark) => text.slice(mark.offset, mark.offset + mark.length) === mark.original);
      const disjoint = reviewOf(text, review.marks).marks.length === review.marks.length;
      if (review.text !== text || !exact || !disjoint) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });
});

it('goes round the marks', () => {
  const review = reviewOf(TEXT, FOUND);
  expect(neighbour(review, null, 1)).toBe(0);
  expect(neighbour(review, null, -1)).toBe(3);
  expect(neighbour(review, 3, 1)).toBe(0);
  expect(neighbour(review, 0, -1)).toBe(3);
  expect(neighbour(reject(review, 1), 0, 1)).toBe(2);
  expect(neighbour(reviewOf('', []), null, 1)).toBeNull();
});
