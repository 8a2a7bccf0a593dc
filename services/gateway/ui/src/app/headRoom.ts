/** How far down the head of the screen reaches: what floats on a phone stands below it, over nothing that is pressed. */

const heads = new Set<HTMLElement>();
let observer: ResizeObserver | undefined;

function measure(): void {
  const bottom = Math.max(0, ...[...heads].map((head) => head.getBoundingClientRect().bottom));
  document.documentElement.style.setProperty('--n-head', `${Math.round(bottom)}px`);
}

/** A `ref` for the head of a screen; one that is hidden takes no room. */
export function headRef(head: HTMLElement | null): (() => void) | undefined {
  if (!head) return undefined;
  observer ??= new ResizeObserver(measure);
  heads.add(head);
  observer.observe(head);
  return () => {
    heads.delete(head);
    observer?.unobserve(head);
    measure();
  };
}
