import { beforeEach, describe, expect, it } from 'vitest';
import { keyName } from './shortcuts';

const press = (key: string, fields: KeyboardEventInit = {}) => keyName(new KeyboardEvent('keydown', { key, ...fields }));

beforeEach(() => localStorage.clear());

describe('keys', () => {
  it('are named without regard to case', () => {
    expect([press('j'), press('J'), press(' '), press('?', { shiftKey: true }), press('Enter')]).toEqual(['j', 'j', 'Space', '?', 'Enter']);
  });

  it('leave the browser its own', () => {
    expect(press('k', { ctrlKey: true })).toBe('Mod+k');
    expect(press('K', { ctrlKey: true, shiftKey: true })).toBeUndefined();
    expect(press('l', { altKey: true })).toBeUndefined();
  });
});
