import { describe, expect, it } from 'vitest';
import { conversation } from '@/testing';
import { hold, matches, order, type Pages, place } from './rows';

const at = (minute: number) => `2026-11-02T10:${String(minute).padStart(2, '0')}:00Z`;
const row = (id: string, minute: number, fields = {}) => conversation({ id, last_message_at: at(minute), waiting_since: at(minute), ...fields });
const pages = (next: string | null, ...ids: [string, number][]): Pages => ({
  pages: [{ items: ids.map(([id, minute]) => row(id, minute)), next }],
  pageParams: [undefined],
});
const ids = (found: Pages) => found.pages.flatMap((page) => page.items.map((each) => each.id));

describe('matches', () => {
  it('follows every filter, labels all of them, channels any of them', () => {
    const here = conversation({ labels: ['a', 'b'], assignee: 'me1' });
    expect(matches(here, {}, 'me1')).toBe(true);
    expect(matches(here, { assignee: 'me' }, 'me1')).toBe(true);
    expect(matches(here, { assignee: 'none' }, 'me1')).toBe(false);
    expect(matches(here, { assignee: 'other' }, 'me1')).toBe(false);
    expect(matches(here, { label: ['a', 'b'] }, 'me1')).toBe(true);
    expect(matches(here, { label: ['a', 'c'] }, 'me1')).toBe(false);
    expect(matches(here, { channel: ['chat', 'email'] }, 'me1')).toBe(true);
    expect(matches(here, { status: 'closed' }, 'me1')).toBe(false);
    expect(matches(conversation({ waiting_since: null }), { sort: 'waiting' }, 'me1')).toBe(false);
  });

  it('leaves a text search to the server, except where another filter says no', () => {
    expect(matches(conversation(), { q: 'ann' }, 'me1')).toBeUndefined();
    expect(matches(conversation(), { q: 'ann', status: 'closed' }, 'me1')).toBe(false);
  });
});

describe('place', () => {
  it('moves a row with a new message to the top', () => {
    expect(ids(place(pages(null, ['a', 9], ['b', 5]), row('b', 20, { sequence: 2 }), {}, 'me'))).toEqual(['b', 'a']);
  });

  it('leaves a row behind the loaded pages to its own page', () => {
    expect(ids(place(pages('more', ['a', 9], ['b', 5]), row('c', 1), {}, 'me'))).toEqual(['a', 'b']);
    expect(ids(place(pages(null, ['a', 9], ['b', 5]), row('c', 1), {}, 'me'))).toEqual(['a', 'b', 'c']);
  });

  it('takes away what no longer belongs and ignores what is older than it has', () => {
    expect(ids(place(pages(null, ['a', 9], ['b', 5]), row('a', 9, { status: 'closed', sequence: 2 }), {}, 'me'))).toEqual(['b']);
    const newer = place(pages(null, ['a', 9]), row('a', 9, { sequence: 5, preview: 'new' }), {}, 'me');
    expect(place(newer, row('a', 9, { sequence: 4, preview: 'old' }), {}, 'me')).toBe(newer);
  });

  it('under a search updates what is there and adds nothing', () => {
    const found = place(pages(null, ['a', 9]), row('a', 9, { sequence: 2, preview: 'new' }), { q: 'x' }, 'me');
    expect(found.pages[0]?.items[0]?.preview).toBe('new');
    expect(ids(place(found, row('z', 10), { q: 'x' }, 'me'))).toEqual(['a']);
  });
});

describe('order', () => {
  it('sorts as the server does', () => {
    const rows = [row('a', 5), row('b', 9), row('c', 5)];
    const sorted = (by: Parameters<typeof order>[0]) => rows.toSorted(order(by)).map((each) => each.id);
    expect(sorted('newest')).toEqual(['b', 'c', 'a']);
    expect(sorted('oldest')).toEqual(['a', 'c', 'b']);
    expect(sorted('waiting')).toEqual(['a', 'c', 'b']);
  });
});

describe('hold', () => {
  const shown = [row('a', 9), row('b', 5)];

  it('keeps the order, counts the news and marks what left', () => {
    const held = hold(shown, [row('n', 12), row('b', 11, { preview: 'fresh' })]);
    expect(held.rows.map((each) => each.id)).toEqual(['a', 'b']);
    expect(held.rows[1]?.preview).toBe('fresh');
    expect(held.news).toBe(1);
    expect([...held.gone]).toEqual(['a']);
  });

  it('takes rows that came by scrolling as the tail, not as news', () => {
    const held = hold(shown, [...shown, row('c', 3)]);
    expect(held.rows.map((each) => each.id)).toEqual(['a', 'b', 'c']);
    expect(held.news).toBe(0);
  });
});
