import { describe, expect, it } from 'vitest';
import { conversation, message } from '@/testing';
import { lackOf } from './split';

describe('messages that are to be split off', () => {
  const row = conversation({ message_count: 3 });
  const theirs = message({ id: 'm1' });
  const ours = message({ id: 'm2', direction: 'outbound' });
  const other = message({ id: 'm3' });
  const lack = (...chosen: (typeof theirs)[]) => lackOf(new Map(chosen.map((each) => [each.id, each])), row);

  it('need one of a customer among them', () => {
    expect([lack(), lack(ours), lack(ours, theirs)]).toEqual(['no_customer', 'no_customer', null]);
  });

  it('leave one behind', () => {
    expect([lack(theirs, ours, other), lack(theirs, other)]).toEqual(['nothing_left', null]);
  });
});
