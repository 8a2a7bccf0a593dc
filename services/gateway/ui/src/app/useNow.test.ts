import { act, createElement } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useNow } from './useNow';

let root: Root;
let seen: string[];

function Clock() {
  seen.push(useNow().toISOString());
  return null;
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.useFakeTimers({ now: new Date('2026-11-02T10:00:00Z') });
  root = createRoot(document.createElement('div'));
  seen = [];
});
afterEach(() => {
  act(() => root.unmount());
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('moves while somebody follows it, and is right when somebody begins to', () => {
  act(() => root.render(createElement(Clock)));
  act(() => void vi.advanceTimersByTime(30_000));
  expect(seen.at(-1)).toBe('2026-11-02T10:00:30.000Z');
  act(() => root.render(null));
  vi.advanceTimersByTime(600_000);
  seen = [];
  act(() => root.render(createElement(Clock)));
  expect(seen[0]).toBe('2026-11-02T10:10:30.000Z');
});
