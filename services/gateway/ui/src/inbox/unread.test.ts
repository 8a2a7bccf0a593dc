import { describe, expect, it } from 'vitest';
import { conversation } from '@/testing';
import { isUnread, trim } from './unread';

describe('unread', () => {
  it('is what waits and was never on screen, and what has a message since', () => {
    const row = conversation({ last_message_at: '2026-11-02T10:00:00Z' });
    expect(isUnread(row, {})).toBe(true);
    expect(isUnread(row, { c1: '2026-11-02T10:00:00Z' })).toBe(false);
    expect(isUnread(row, { c1: '2026-11-02T09:00:00Z' })).toBe(true);
    expect(isUnread({ ...row, waiting_since: null }, {})).toBe(false);
  });

  it('is what somebody marked so', () => {
    expect(isUnread(conversation({ waiting_since: null }), { c1: '' })).toBe(true);
  });

  it('forgets the oldest first', () => {
    expect(trim({ a: '1', b: '2', c: '3' }, 2)).toEqual({ b: '2', c: '3' });
  });
});
