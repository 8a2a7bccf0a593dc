import { expect, it } from 'vitest';
import type { Attachment } from '@/api/types';
import { placed } from './uploads';

it('files stand as they were chosen, however long each took', () => {
  const file = (blob: string) => ({ blob }) as Attachment;
  const order = ['old', 'first', 'second', 'third'];
  const arrive = (all: Attachment[], blob: string) => placed(all, file(blob), (each) => order.indexOf(each.blob));
  const all = ['third', 'first', 'second'].reduce(arrive, [file('old')]);
  expect(all.map(({ blob }) => blob)).toEqual(order);
});
