/** A closing menu or palette gives the focus back this many milliseconds after the screen shows it closed. */
const GIVES_BACK_MS = 10;

/**
 * Do what takes the focus, when the menu in which it was chosen has given it back.
 *
 * The second timer begins when the screen shows the menu closed, however slow that was: with one, whichever was
 * first on a busy machine had the focus.
 */
export function afterMenu(act: () => void, ms = 2 * GIVES_BACK_MS): void {
  setTimeout(() => setTimeout(act, ms));
}
