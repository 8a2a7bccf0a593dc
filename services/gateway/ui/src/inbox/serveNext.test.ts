import { expect, it } from 'vitest';
import { conversation } from '@/testing';
import { isUnfinished } from './serveNext';

it('what is open and nobody else\'s is to be finished before the next one is served', () => {
  expect(isUnfinished(conversation({ assignee: 'me' }), 'me')).toBe(true);
  expect(isUnfinished(conversation({ assignee: null }), 'me')).toBe(true);
  expect(isUnfinished(conversation({ assignee: 'ola' }), 'me')).toBe(false);
  for (const status of ['closed', 'snoozed', 'archived'] as const) {
    expect(isUnfinished(conversation({ assignee: 'me', status }), 'me')).toBe(false);
  }
});
