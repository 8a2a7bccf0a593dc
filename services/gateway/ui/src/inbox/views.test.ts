import { describe, expect, it } from 'vitest';
import type { SavedView } from '@/api/types';
import { BUILT_IN, countOf, headingOf, searchOf, written } from './views';

const view = (search: string, name = 'Angry'): SavedView => ({ id: 'v1', name, search, shared: false, owner: 'a1' });

describe('a saved view', () => {
  it('is the list that was saved', () => {
    const search = { assignee: 'none', label: ['VIP & co', 'late'], rating: ['1' as const], q: 'refund' };
    expect(searchOf(view(written(search)))).toEqual(search);
    expect(searchOf(view(`?${written(search)}`))).toEqual(search);
    expect(searchOf(view('label=a&evil=<script>'))).toEqual({ label: ['a'] });
  });

  it('gives the list its name', () => {
    expect(headingOf({ label: ['a', 'b'] }, [view('label=b&label=a')])).toMatchObject({ kind: 'saved' });
    expect(headingOf({ label: ['a'] }, [view('label=b&label=a')])).toEqual({ kind: 'status', status: 'open' });
    expect(headingOf({ q: 'x' }, [view('q=x')])).toMatchObject({ kind: 'saved' });
  });
});

describe('the heading of the list', () => {
  it('is that of a standard view, in any order', () => {
    for (const { name, search } of BUILT_IN) {
      expect(headingOf(search, [])).toEqual({ kind: 'built-in', name });
      expect(headingOf({ ...search, sort: 'oldest' }, [])).toEqual({ kind: 'built-in', name });
    }
  });

  it('is the status where the list is narrowed, and says when something is searched for', () => {
    expect(headingOf({ status: 'closed', label: ['a'] }, [])).toEqual({ kind: 'status', status: 'closed' });
    expect(headingOf({ status: 'any' }, [])).toEqual({ kind: 'status', status: 'any' });
    expect(headingOf({ q: 'ann' }, [])).toEqual({ kind: 'found' });
  });

  it('has a figure only where the figure is of this list', () => {
    const counts = { cap: 10_000, open: 1, mine: 2, unassigned: 3, followed: 4, unread: 5, snoozed: 6, closed: 7, archived: 8 };
    expect(countOf(headingOf({}, []), counts)).toBe(1);
    expect(countOf(headingOf({ assignee: 'followed' }, []), counts)).toBe(4);
    expect(countOf(headingOf({ status: 'any', assignee: 'mentioned' }, []), counts)).toBeUndefined();
    expect(countOf(headingOf({ label: ['a'] }, []), counts)).toBeUndefined();
    expect(countOf(headingOf({}, []), undefined)).toBeUndefined();
  });
});
