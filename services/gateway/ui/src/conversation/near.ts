import { type RefObject, useEffect, useState } from 'react';

/** How far outside of the screen something begins to load. */
const MARGIN = '1200px 0px';

/** True once the element has come near to the part of the thread that is on screen. */
export function useNear(element: RefObject<Element | null>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (!target || near) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), {
      root: target.closest('[role="log"]'),
      rootMargin: MARGIN,
    });
    observer.observe(target);
    return () => observer.disconnect();
  }, [element, near]);
  return near;
}
