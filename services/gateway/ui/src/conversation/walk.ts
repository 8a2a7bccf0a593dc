/** Walking through the messages of a thread by keyboard. */
import type { KeyboardEvent, RefObject } from 'react';

export const STOP = '[data-stop]';

/**
 * Arrows go from message to message, Home and End to the first and the last one. A message that is longer than the
 * screen is scrolled to its end first.
 */
export function useWalk(scroller: RefObject<HTMLDivElement | null>) {
  return (event: KeyboardEvent) => {
    const box = scroller.current;
    const at = event.target instanceof HTMLElement ? event.target : null;
    if (!box || !at || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // Controls inside of a message have their own use for these keys.
    if (at !== box && !at.matches(STOP)) return;
    const stops = [...box.querySelectorAll<HTMLElement>(STOP)];
    const next = nextStop(event.key, stops, at === box ? undefined : at, box);
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  };
}

function nextStop(key: string, stops: readonly HTMLElement[], at: HTMLElement | undefined, box: HTMLElement): HTMLElement | undefined {
  const screen = box.getBoundingClientRect();
  const edges = at?.getBoundingClientRect();
  switch (key) {
    case 'Home':
      return stops[0];
    case 'End':
      return stops.at(-1);
    case 'ArrowDown':
      if (edges && edges.bottom > screen.bottom + 1) return undefined;
      return at ? stops[stops.indexOf(at) + 1] : stops.find((each) => each.getBoundingClientRect().bottom > screen.top);
    case 'ArrowUp':
      if (edges && edges.top < screen.top - 1) return undefined;
      return at ? stops[stops.indexOf(at) - 1] : stops.findLast((each) => each.getBoundingClientRect().top < screen.bottom);
    default:
      return undefined;
  }
}
