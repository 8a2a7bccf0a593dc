import { describe, expect, it } from 'vitest';
import { listQuery, parseInboxSearch, parseUrl, stringifyUrl } from './search';

describe('the URL of the list', () => {
  it('is empty for the list as it opens', () => {
    expect(parseInboxSearch({ status: 'open', assignee: 'any', sort: 'newest', q: '', label: [] })).toEqual({});
  });

  it('keeps what makes sense and leaves out the rest', () => {
    const raw = { status: 'gone', assignee: 'me', label: ['a', 'a', ''], channel: ['email', 'pigeon'], sort: 'waiting', q: 12 };
    expect(parseInboxSearch(raw)).toEqual({ assignee: 'me', label: ['a'], channel: ['email'], sort: 'waiting', q: '12' });
  });

  it('survives the way through a URL, one value or several', () => {
    for (const search of [
      {},
      { label: ['VIP & co'] },
      { label: ['a', 'b'], channel: ['email' as const], status: 'any' as const, q: 'żółć ?&=' },
    ]) {
      expect(parseInboxSearch(parseUrl(stringifyUrl(search).slice(1)))).toEqual(search);
    }
  });

  it('asks the API for open conversations unless told otherwise', () => {
    expect(listQuery({})).toMatchObject({ status: 'open' });
    expect(listQuery({ status: 'any' }).status).toBeUndefined();
    expect(listQuery({ q: '  ' }).q).toBeUndefined();
  });
});
