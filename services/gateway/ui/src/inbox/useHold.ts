import { type PointerEvent, useRef, useState } from 'react';
import { ROW_HEIGHT } from './Row';
import { type Held, hold, type Loaded, type Shown, shownOf } from './rows';

const NONE: ReadonlySet<string> = new Set();

/** Nothing moves under the pointer, nor under the eyes of somebody who has scrolled. */
export function useHold(live: readonly Loaded[], keyMoves: number) {
  const [held, setShown] = useState<Shown | null>(null);
  const [seen, setSeen] = useState(keyMoves);
  const pointer = useRef(false);
  const scrolled = useRef(false);
  const take = () => setShown((before) => before ?? shownOf(live));
  const settle = () => {
    if (!pointer.current && !scrolled.current) setShown(null);
  };
  // At once: what a key moves to is looked for among the rows as they are then.
  const shown = seen === keyMoves ? held : null;
  if (seen !== keyMoves) {
    setSeen(keyMoves);
    setShown(null);
  }
  const view: Held = shown ? hold(shown, live) : { rows: live.flatMap(({ rows }) => [...rows]), gone: NONE, news: 0, shown: new Map() };
  // Pages that came by scrolling are held from then on as well; those that left are forgotten.
  if (shown && !samePages(shown, view.shown)) setShown(view.shown);
  const handlers = {
    onPointerMove: (event: PointerEvent) => {
      if (event.pointerType !== 'mouse') return;
      pointer.current = true;
      take();
    },
    onPointerLeave: () => {
      pointer.current = false;
      settle();
    },
    onScroll: (event: { currentTarget: HTMLElement }) => {
      scrolled.current = event.currentTarget.scrollTop > ROW_HEIGHT;
      if (scrolled.current) take();
      else settle();
    },
  };
  return { view, handlers, release: () => setShown(null) };
}

function samePages(a: Shown, b: Shown): boolean {
  return a.size === b.size && [...a].every(([page, rows]) => b.get(page)?.length === rows.length);
}
