import { describe, expect, it } from 'vitest';
import { conversation } from '@/testing';
import { after, countLoaded, type From, hold, type Loaded, loadedOf, matches, order, pageAt, type Pages, place, shownOf, START } from './rows';

const at = (minute: number) => `2026-11-02T10:${String(minute).padStart(2, '0')}:00Z`;
const row = (id: string, minute: number, fields = {}) => conversation({ id, last_message_at: at(minute), waiting_since: at(minute), ...fields });
const pages = (next: string | null, ...ids: [string, number][]): Pages => ({
  pages: [{ items: ids.map(([id, minute]) => row(id, minute)), next, incomplete: false }],
  pageParams: [START],
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
    expect(matches(here, { account: ['help@shop.example'] }, 'me1')).toBe(true);
    expect(matches(here, { account: ['other@shop.example'] }, 'me1')).toBe(false);
    expect(matches(here, { undelivered: true }, 'me1')).toBe(false);
    expect(matches({ ...here, undelivered: true }, { undelivered: true }, 'me1')).toBe(true);
    expect(matches(here, { priority: 'urgent' }, 'me1')).toBe(false);
    expect(matches({ ...here, rating: 4 }, { rating: ['4', '5'] }, 'me1')).toBe(true);
    expect(matches(here, { rating: ['4', '5'] }, 'me1')).toBe(false);
    expect(matches({ ...here, followers: ['me1'] }, { assignee: 'followed' }, 'me1')).toBe(true);
    expect(matches(here, { assignee: 'followed' }, 'me1')).toBe(false);
    expect(matches({ ...here, mentioned: ['me1'] }, { assignee: 'mentioned' }, 'me1')).toBe(true);
    expect(matches(here, { assignee: 'mentioned' }, 'me1')).toBe(false);
    expect(matches({ ...here, customer_id: 'p1' }, { customer: ['p1'] }, 'me1')).toBe(true);
    expect(matches(here, { customer: ['p1'] }, 'me1')).toBe(false);
    expect(matches(here, { status: 'closed' }, 'me1')).toBe(false);
    expect(matches(conversation({ waiting_since: null }), { sort: 'waiting' }, 'me1')).toBe(false);
  });

  it('leaves a text search to the server, except where another filter says no', () => {
    expect(matches(conversation(), { q: 'ann' }, 'me1')).toBeUndefined();
    expect(matches(conversation(), { q: 'ann', status: 'closed' }, 'me1')).toBe(false);
    expect(matches(conversation({ status: 'closed' }), { q: 'ann' }, 'me1')).toBeUndefined();
    expect(matches(conversation(), { store: 'main' }, 'me1')).toBeUndefined();
  });

  it('does not take what was just read out of the list of the unread', () => {
    expect(matches(conversation({ unread: true }), { unread: true }, 'me1')).toBe(true);
    expect(matches(conversation({ unread: false }), { unread: true }, 'me1')).toBeUndefined();
    expect(matches(conversation({ unread: false, status: 'closed' }), { unread: true }, 'me1')).toBe(false);
  });
});

it('knows as many rows as are loaded, and those before the first loaded page', () => {
  const start = pages('more', ['a', 9], ['b', 5]);
  expect(countLoaded(start)).toBe(2);
  expect(countLoaded({ ...start, pageParams: [{ page: 3, at: 300, cursor: 'c', back: undefined }] })).toBe(302);
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

describe('a window of pages', () => {
  const second: From = { page: 1, at: 2, cursor: 'c1', back: START };
  const third: From = { page: 2, at: 4, cursor: 'c2', back: second };
  const rest: Pages = { pages: [{ items: [row('c', 5), row('d', 4)], next: 'c2', incomplete: false }], pageParams: [second] };

  it('knows the way on and back', () => {
    const page = { items: [row('a', 9), row('b', 8)], next: 'c1', incomplete: false };
    expect(after(page, START)).toEqual(second);
    expect(after({ ...page, next: null }, START)).toBeUndefined();
    expect(pageAt(third, 5)).toBe(third);
    expect(pageAt(third, 3)).toBe(second);
    expect(pageAt(third, 0)).toBe(START);
  });

  it('takes no row that belongs before it', () => {
    expect(ids(place(rest, row('n', 12), {}, 'me'))).toEqual(['c', 'd']);
    expect(ids(place(rest, row('d', 12, { sequence: 2 }), {}, 'me'))).toEqual(['c']);
    expect(ids(place(rest, row('c', 5, { sequence: 2, preview: 'x' }), {}, 'me'))).toEqual(['c', 'd']);
  });
});

describe('hold', () => {
  const page = (number: number, rows: Loaded['rows'], more = false): Loaded => ({ page: number, rows, more });
  const a = row('a', 9);
  const b = row('b', 5);
  const c = row('c', 3);
  const shown = shownOf([page(0, [a, b])]);
  const idsOf = (rows: readonly { id: string }[]) => rows.map((each) => each.id);

  it('keeps the order, counts the news and marks what left', () => {
    const held = hold(shown, [page(0, [row('n', 12), row('b', 11, { preview: 'fresh' })])]);
    expect(idsOf(held.rows)).toEqual(['a', 'b']);
    expect(held.rows[1]?.preview).toBe('fresh');
    expect(held.news).toBe(1);
    expect([...held.gone]).toEqual(['a']);
  });

  it('takes what came by scrolling as the tail, not as news', () => {
    for (const live of [[page(0, [a, b, c])], [page(0, [a, b]), page(1, [c])]]) {
      const held = hold(shown, live);
      expect(idsOf(held.rows)).toEqual(['a', 'b', 'c']);
      expect(held.news).toBe(0);
    }
  });

  it('goes on when the window of pages moves, in both directions', () => {
    const both = hold(shown, [page(0, [a, b]), page(1, [c])]);
    const later = hold(both.shown, [page(1, [c]), page(2, [row('d', 2)])]);
    expect(idsOf(later.rows)).toEqual(['c', 'd']);
    expect([later.news, later.gone.size]).toEqual([0, 0]);
    const back = hold(later.shown, [page(0, [a, b]), page(1, [c])]);
    expect(idsOf(back.rows)).toEqual(['a', 'b', 'c']);
  });

  it('shows a row once that has moved from one page to another', () => {
    const two = hold(shown, [page(0, [a, b]), page(1, [c])]).shown;
    const held = hold(two, [page(0, [row('c', 12), a, b]), page(1, [])]);
    expect(idsOf(held.rows)).toEqual(['a', 'b', 'c']);
    expect([held.news, held.gone.size]).toEqual([0, 0]);
  });

  it('does not call gone what was only pushed to the next page', () => {
    expect(hold(shown, [page(0, [row('n', 12), a], true)]).gone.size).toBe(0);
    expect(hold(shown, [page(0, [row('n', 12), a], false)]).gone).toEqual(new Set(['b']));
  });
});

describe('loadedOf', () => {
  it('numbers the pages by their place in the list', () => {
    const two: Pages = { pages: ['x', 'y'].map((next) => ({ items: [], next, incomplete: false })), pageParams: [{ ...START, page: 7 }, { ...START, page: 8 }] };
    expect(loadedOf(two)).toEqual([
      { page: 7, rows: [], more: false },
      { page: 8, rows: [], more: true },
    ]);
    expect(loadedOf(undefined)).toEqual([]);
  });
});
