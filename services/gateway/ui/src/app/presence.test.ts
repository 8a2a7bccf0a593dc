import type { TFunction } from 'i18next';
import { expect, it } from 'vitest';
import { CHOICES, presenceText, reasonText } from './presence';

const t = ((key: string, values?: Record<string, string>) => (values ? `${key} ${Object.values(values).join(' ')}` : key)) as unknown as TFunction;

it('a usual reason is said in the reader\'s language, any other as it was typed', () => {
  expect(reasonText(t, 'lunch')).toBe('presence.reason.lunch');
  expect(reasonText(t, 'Fire drill')).toBe('Fire drill');
});

it('a reason stands beside its pause', () => {
  expect(presenceText(t, { presence: 'paused' })).toBe('presence.paused');
  expect(presenceText(t, { presence: 'paused', reason: null })).toBe('presence.paused');
  expect(presenceText(t, { presence: 'paused', reason: 'break' })).toBe('presence.because presence.paused presence.reason.break');
});

it('only a pause is offered with reasons', () => {
  expect(CHOICES.filter(({ reason }) => reason).every(({ presence }) => presence === 'paused')).toBe(true);
});
