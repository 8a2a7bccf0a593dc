import { describe, expect, it } from 'vitest';
import { everywhere, filtersOf, type InboxSearch, listQuery, parseInboxSearch, parseUrl, sameList, statusOf, stringifyUrl, without } from './search';

const FULL: InboxSearch = {
  status: 'closed',
  assignee: 'followed',
  unread: true,
  undelivered: true,
  label: ['VIP & co', 'ş'],
  channel: ['email', 'chat'],
  account: ['help@shop.example'],
  store: 'main',
  rating: ['1', '2'],
  priority: 'urgent',
  customer: ['7b7c'],
  sort: 'waiting',
  q: 'żółć ?&=',
};

describe('the URL of the list', () => {
  it('is empty for the list as it opens', () => {
    expect(parseInboxSearch({ status: 'open', assignee: 'any', sort: 'newest', q: '', label: [], unread: 'false', store: '' })).toEqual({});
  });

  it('keeps what makes sense and leaves out the rest', () => {
    const raw = {
      status: 'gone',
      assignee: 'me',
      label: ['a', 'a', ''],
      channel: ['email', 'pigeon'],
      rating: ['5', '9'],
      priority: 'loud',
      unread: 'yes',
      sort: 'waiting',
      q: 12,
    };
    expect(parseInboxSearch(raw)).toEqual({ assignee: 'me', label: ['a'], channel: ['email'], rating: ['5'], sort: 'waiting', q: '12' });
  });

  it('survives the way through a URL, one value or several', () => {
    for (const search of [{}, { label: ['VIP & co'] }, FULL]) {
      expect(parseInboxSearch(parseUrl(stringifyUrl({ ...search }).slice(1)))).toEqual(search);
    }
  });

  it('bounds what somebody pastes into it', () => {
    const search = parseInboxSearch({ q: 'x'.repeat(5000), label: Array.from({ length: 100 }, (_, n) => `l${n}`) });
    expect(search.q).toHaveLength(200);
    expect(search.label).toHaveLength(20);
  });
});

describe('the status of the list', () => {
  it('is open, except that a text is searched for everywhere', () => {
    expect(statusOf({})).toBe('open');
    expect(statusOf({ q: 'ann' })).toBe('any');
    expect(statusOf({ q: ' ' })).toBe('open');
    expect(statusOf({ rating: ['1'] })).toBe('any');
    expect(statusOf({ rating: ['1'], status: 'open' })).toBe('open');
    expect(statusOf({ q: 'ann', status: 'closed' })).toBe('closed');
  });

  it('is spelled only where it differs from that', () => {
    expect(parseInboxSearch({ status: 'open', q: 'ann' })).toEqual({ status: 'open', q: 'ann' });
    expect(parseInboxSearch({ status: 'any', q: 'ann' })).toEqual({ q: 'ann' });
    expect(parseInboxSearch({ status: 'any' })).toEqual({ status: 'any' });
  });
});

describe('what the API is asked for', () => {
  it('is open conversations unless told otherwise', () => {
    expect(listQuery({})).toMatchObject({ status: 'open', q: undefined });
    expect(listQuery({ status: 'any' }).status).toBeUndefined();
    expect(listQuery({ q: 'ann' }).status).toBeUndefined();
    expect(listQuery({ q: '  ' }).q).toBeUndefined();
  });

  it('knows followed and mentioning ones by parameters of their own', () => {
    expect(listQuery({ assignee: 'followed' })).toMatchObject({ assignee: undefined, followed: true });
    expect(listQuery({ assignee: 'mentioned' })).toMatchObject({ assignee: undefined, followed: undefined, mentioned: true });
    expect(listQuery({ assignee: 'me' })).toMatchObject({ assignee: 'me', followed: undefined, mentioned: undefined });
  });

  it('hands every filter on', () => {
    expect(listQuery(FULL)).toEqual({
      status: 'closed',
      assignee: undefined,
      followed: true,
      unread: true,
      undelivered: true,
      label: ['VIP & co', 'ş'],
      channel: ['email', 'chat'],
      account: ['help@shop.example'],
      store: 'main',
      rating: ['1', '2'],
      priority: 'urgent',
      customer: ['7b7c'],
      sort: 'waiting',
      q: 'żółć ?&=',
    });
  });
});

describe('chips', () => {
  it('show everything that narrows the list and can each be taken away', () => {
    const filters = filtersOf(FULL);
    expect(filters.map(({ field }) => field)).toEqual([
      'status',
      'assignee',
      'unread',
      'undelivered',
      'priority',
      'channel',
      'channel',
      'account',
      'store',
      'label',
      'label',
      'rating',
      'rating',
      'customer',
    ]);
    expect(filters.reduce(without, FULL)).toEqual({ sort: 'waiting', q: FULL.q });
    expect(without(FULL, { field: 'label', value: 'ş' }).label).toEqual(['VIP & co']);
  });

  it('leave the status of a view to its heading', () => {
    expect(filtersOf({ status: 'closed' })).toEqual([]);
    expect(filtersOf({ status: 'closed', q: 'ann' })).toEqual([{ field: 'status', value: 'closed' }]);
  });

  it('can all be taken away, the text stays', () => {
    expect(everywhere(FULL)).toEqual({ q: FULL.q });
  });
});

describe('sameList', () => {
  it('does not depend on the order of names and values', () => {
    expect(sameList({ q: 'a', label: ['x', 'y'] }, { label: ['y', 'x'], q: 'a' })).toBe(true);
    expect(sameList({ label: ['x'] }, { label: ['x', 'y'] })).toBe(false);
    expect(sameList({ status: 'open' }, {})).toBe(true);
  });
});
