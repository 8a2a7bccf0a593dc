import { describe, expect, it } from 'vitest';
import { conversation } from '@/testing';
import { isAnswered } from './answered';

describe('whether a conversation is answered', () => {
  it('is so where nobody waits, as long as it is open', () => {
    expect(isAnswered(conversation())).toBe(false);
    expect(isAnswered(conversation({ waiting_since: null }))).toBe(true);
    expect(isAnswered(conversation({ waiting_since: null, status: 'snoozed' }))).toBe(false);
    expect(isAnswered(conversation({ waiting_since: null, status: 'closed' }))).toBe(false);
  });

  it('is not so of an automatic mail, in which nobody has ever waited', () => {
    expect(isAnswered(conversation({ waiting_since: null, automatic: true }))).toBe(false);
  });
});
