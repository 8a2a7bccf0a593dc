import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catchLetters, takeLetters, WAIT_MS } from './typeAhead';

describe('letters typed before there is a field', () => {
  const others = vi.fn();
  const type = (...keys: string[]) => keys.forEach((key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })));

  beforeEach(() => {
    vi.useFakeTimers();
    others.mockReset();
    document.body.addEventListener('keydown', others);
  });
  afterEach(() => {
    takeLetters();
    vi.useRealTimers();
    document.body.removeEventListener('keydown', others);
  });

  it('are kept for it and are nothing else meanwhile', () => {
    catchLetters();
    type('L', 'o', 'p', 'Backspace', 'Shift', 'v', 'e', ' ');
    expect(takeLetters()).toBe('Love ');
    expect(others.mock.calls.map(([event]) => (event as KeyboardEvent).key)).toEqual(['Shift']);
    type('e');
    expect(others).toHaveBeenCalledTimes(2);
  });

  it('are given up after a while, or when something else is done', () => {
    catchLetters();
    type('a');
    vi.advanceTimersByTime(WAIT_MS);
    expect(takeLetters()).toBe('');
    catchLetters();
    type('a', 'Escape', 'e');
    expect(takeLetters()).toBe('');
    expect(others).toHaveBeenCalledTimes(2);
  });
});
