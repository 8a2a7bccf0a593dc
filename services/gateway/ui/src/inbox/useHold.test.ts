import { act, createElement, type PointerEvent, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, it, vi } from 'vitest';
import { conversation } from '@/testing';
import type { Loaded } from './rows';
import { useHold } from './useHold';

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

function list(...ids: string[]): Loaded[] {
  return [{ page: 0, rows: ids.map((id) => conversation({ id })), more: false }];
}

it('what the pointer holds is let go in the very drawing in which a key moves on', () => {
  const root = createRoot(document.createElement('div'));
  const drawn: string[] = [];
  let hold: ReturnType<typeof useHold> | undefined;
  function Rows({ live, moves }: { live: Loaded[]; moves: number }) {
    hold = useHold(live, moves);
    const rows = hold.view.rows.map((row) => row.id).join();
    useEffect(() => void drawn.push(`${moves}: ${rows}`));
    return null;
  }
  const draw = (live: Loaded[], moves: number) => act(() => root.render(createElement(Rows, { live, moves })));

  draw(list('b', 'c'), 0);
  act(() => hold?.handlers.onPointerMove({ pointerType: 'mouse' } as PointerEvent));
  draw(list('a', 'b', 'c'), 0);
  expect(drawn.at(-1)).toBe('0: b,c');
  draw(list('a', 'b', 'c'), 1);
  expect(drawn.filter((each) => each.startsWith('1'))).toEqual(['1: a,b,c']);
  act(() => root.unmount());
});
