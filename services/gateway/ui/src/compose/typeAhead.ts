/** What is typed between the key that asks for a field (the composer, the palette) and the field: it is no shortcut, and not lost. */

/** How long the field may take. */
export const WAIT_MS = 3000;

let caught: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Catch the letters that are typed from now on, until somebody takes them, does something else, or it is too late. */
export function catchLetters(): void {
  stop();
  caught = '';
  timer = setTimeout(stop, WAIT_MS);
  addEventListener('keydown', onKey, { capture: true });
}

/** What was typed meanwhile; the letters go their own way again. */
export function takeLetters(): string {
  const letters = caught ?? '';
  stop();
  return letters;
}

function stop(): void {
  caught = null;
  clearTimeout(timer);
  removeEventListener('keydown', onKey, { capture: true });
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return stop();
  if (event.key === 'Shift') return undefined;
  if (event.key === 'Backspace') caught = caught?.slice(0, -1) ?? null;
  else if (event.key.length === 1) caught += event.key;
  else return stop();
  event.preventDefault();
  event.stopPropagation();
  return undefined;
}
