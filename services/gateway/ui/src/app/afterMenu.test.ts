import { expect, it } from 'vitest';
import { afterMenu } from './afterMenu';

it('waits for the menu however slow the screen is', async () => {
  const order: string[] = [];
  const acted = new Promise<void>((done) => afterMenu(() => done(void order.push('act'))));
  const closed = Date.now() + 60;
  while (Date.now() < closed); // the screen is being drawn: no timer can fire
  setTimeout(() => order.push('focus given back'), 10);
  await acted;
  expect(order).toEqual(['focus given back', 'act']);
});
