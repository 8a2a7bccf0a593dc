import { describe, expect, it } from 'vitest';
import { conversation, note, system, timeline } from '@/testing';
import { itemsOf, type TimelinePages, withFresh } from './timeline';

const at = (minute: number) => `2026-11-02T10:${String(minute).padStart(2, '0')}:00Z`;
const pages = (...list: ReturnType<typeof timeline>[]): TimelinePages => ({ pages: list, pageParams: list.map(() => undefined) });
const keys = (found: TimelinePages) => itemsOf(found).map((item) => (item.kind === 'system' ? item.sequence : item.id));

describe('the thread', () => {
  it('reads oldest first over all pages, each item once', () => {
    const newest = timeline([note('c', at(3)), note('d', at(4))], '3');
    const older = timeline([note('a', at(1)), note('b', at(2)), note('c', at(3))]);
    expect(keys(pages(newest, older))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes fresh items and changed ones, and keeps the older part', () => {
    const before = pages(timeline([note('b', at(2)), note('c', at(3))], '2'), timeline([note('a', at(1))]));
    const fresh = timeline([{ ...note('c', at(3)), text: 'changed' }, system(9, at(4))], '3');
    const found = withFresh(before, fresh);
    expect(keys(found)).toEqual(['a', 'b', 'c', 9]);
    expect(itemsOf(found)[2]).toMatchObject({ text: 'changed' });
    expect(found.pages[0]?.before).toBe('2');
  });

  it('is not thrown back by an answer that was overtaken', () => {
    const before = pages({ ...timeline([note('a', at(1)), note('b', at(2))]), conversation: conversation({ sequence: 4 }) });
    expect(withFresh(before, { ...timeline([note('a', at(1))]), conversation: conversation({ sequence: 3 }) })).toBe(before);
  });

  it('drops the older part rather than leave a gap', () => {
    const before = pages(timeline([note('a', at(1))], '1'));
    expect(keys(withFresh(before, timeline([note('x', at(50))], '50')))).toEqual(['x']);
  });

  it('is the fresh page alone when that holds everything', () => {
    const before = pages(timeline([note('a', at(1))]));
    expect(keys(withFresh(before, timeline([note('a', at(1)), note('b', at(2))])))).toEqual(['a', 'b']);
  });
});
