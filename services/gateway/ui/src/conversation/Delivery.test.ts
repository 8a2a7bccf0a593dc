import { expect, it } from 'vitest';
import { saidReason } from './Delivery';

it('leaves out of a reason what only mail servers read', () => {
  expect(saidReason('smtp; 550 5.1.1 user unknown')).toBe('550 5.1.1 user unknown');
  expect(saidReason('SMTP;552 mailbox full')).toBe('552 mailbox full');
  expect(saidReason('no smtp; here')).toBe('no smtp; here');
  expect(saidReason(null)).toBeNull();
});
