import type { TFunction } from 'i18next';
import { expect, it } from 'vitest';
import { statusWord } from './status';

it('a status that most shops have is translated, any other is the shop’s own word', () => {
  const t = ((key: string) => key) as TFunction;
  const words = ['shipped', 'Delivered', 'canceled', 'In der {Druckerei}: 2'].map((each) => statusWord(t, each));
  expect(words).toEqual(['order.is.shipped', 'order.is.delivered', 'order.cancelled', 'In der {Druckerei}: 2']);
});
