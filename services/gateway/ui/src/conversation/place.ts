/** What is being read stays where it is, whatever comes above or below and however high a mail turns out to be. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Pixels from the end at which somebody still reads the end. */
const NEAR_END = 32;
/** Kept between the top of the screen and what the thread opens at. */
const ABOVE = 12;

/** The end of the thread, or an element that keeps its distance from the top of the screen. */
type Place = 'end' | { element: Element; top: number };

interface Options {
  /** Changes with everything that is shown. */
  shown: readonly unknown[];
  /** Finds where the thread opens; without it, it opens at its end. */
  opening: () => Element | null;
}

/**
 * Keeps the place. `toEnd` and `to` go elsewhere. `atEnd`: the newest is on screen, and what comes is followed.
 *
 * The browser's own anchoring is switched off in the style sheet: not every browser has it, and it knows nothing of
 * the end.
 */
export function usePlace(scroller: RefObject<HTMLDivElement | null>, { shown, opening }: Options) {
  const place = useRef<Place | undefined>(undefined);
  /** Where we have scrolled to ourselves: that is no wish of the reader. */
  const ours = useRef(0);
  const [atEnd, setAtEnd] = useState(true);

  const restore = useCallback(() => {
    const box = scroller.current;
    const { current } = place;
    if (!box || !current) return;
    if (current === 'end') box.scrollTop = box.scrollHeight;
    else if (current.element.isConnected) box.scrollTop += topOf(current.element, box) - current.top;
    ours.current = box.scrollTop;
    setAtEnd(isAtEnd(box));
  }, [scroller]);

  const go = useCallback(
    (next: Place) => {
      place.current = next;
      restore();
    },
    [restore],
  );

  useLayoutEffect(() => {
    if (shown.length === 0) return;
    if (place.current) return restore();
    const mark = opening();
    go(mark ? { element: mark, top: ABOVE } : 'end');
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `opening` is asked once
  }, [shown, restore, go]);

  useEffect(() => {
    const box = scroller.current;
    const content = box?.firstElementChild;
    if (!box || !content) return;
    const onScroll = () => {
      if (Math.abs(box.scrollTop - ours.current) < 1) return;
      place.current = placeNow(box, content);
      setAtEnd(isAtEnd(box));
    };
    const observer = new ResizeObserver(restore);
    observer.observe(content);
    observer.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', onScroll);
    };
  }, [scroller, restore]);

  return {
    atEnd,
    toEnd: useCallback(() => go('end'), [go]),
    to: useCallback((element: Element) => go({ element, top: ABOVE }), [go]),
  };
}

function topOf(element: Element, box: Element): number {
  return element.getBoundingClientRect().top - box.getBoundingClientRect().top;
}

function isAtEnd(box: Element): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
}

/** The first element that is on screen; they lie one below the other. */
function placeNow(box: Element, content: Element): Place {
  if (isAtEnd(box)) return 'end';
  const { children } = content;
  const top = box.getBoundingClientRect().top;
  let low = 0;
  let high = children.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((children[middle]?.getBoundingClientRect().bottom ?? 0) > top) high = middle;
    else low = middle + 1;
  }
  const element = children[low];
  return element ? { element, top: topOf(element, box) } : 'end';
}
