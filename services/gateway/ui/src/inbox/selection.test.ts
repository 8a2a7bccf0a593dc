import { describe, expect, it } from 'vitest';
import { conversation } from '@/testing';
import { extend, keep, NOTHING, SELECT_MAX, selectAll, selectedRows, toggle } from './selection';

const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => conversation({ id }));
const row = (id: string) => conversation({ id });
const ids = (selection: typeof NOTHING) => [...selection.rows.keys()];

describe('the selection', () => {
  it('takes a row and lets it go', () => {
    const one = toggle(NOTHING, row('b'));
    expect(ids(one)).toEqual(['b']);
    expect(ids(toggle(one, row('b')))).toEqual([]);
  });

  it('extends from the last row that was touched, in both directions', () => {
    const one = toggle(NOTHING, row('c'));
    expect(ids(extend(one, rows, 'e'))).toEqual(['c', 'd', 'e']);
    expect(ids(extend(extend(one, rows, 'e'), rows, 'a')).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(ids(extend(NOTHING, rows, 'b'))).toEqual(['b']);
    expect(extend(one, rows, 'gone')).toBe(one);
  });

  it('ends at a bound', () => {
    const many = Array.from({ length: SELECT_MAX + 50 }, (_, n) => row(`r${n}`));
    const all = selectAll(NOTHING, many);
    expect(all.rows.size).toBe(SELECT_MAX);
    expect(toggle(all, row('one more')).rows.size).toBe(SELECT_MAX);
  });

  it('knows its rows as they are now, and those that the list has forgotten', () => {
    const two = toggle(toggle(NOTHING, row('a')), row('z'));
    const found = selectedRows(two, [conversation({ id: 'a', status: 'closed' })]);
    expect(found.map((each) => [each.id, each.status])).toEqual([['a', 'closed'], ['z', 'open']]);
  });

  it('keeps what was refused', () => {
    expect(ids(keep(selectAll(NOTHING, rows), new Set(['b'])))).toEqual(['b']);
  });
});
