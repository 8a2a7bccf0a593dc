import { afterEach, expect, it, vi } from 'vitest';
import { showOnDesktop } from './desktop';

afterEach(() => vi.unstubAllGlobals());

it('shows nothing on a phone whose browser has notifications and refuses to make one', () => {
  const made = vi.fn(() => {
    throw new TypeError('Illegal constructor');
  });
  vi.stubGlobal('Notification', made);
  showOnDesktop({ title: 'New', body: 'Hello', tag: 'c1' }, () => undefined);
  expect(made).toHaveBeenCalledTimes(1);
});
