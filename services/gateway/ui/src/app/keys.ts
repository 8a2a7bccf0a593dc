/**
 * Every key, in the groups of the help sheet; what it does is named by `keys.<name>` in the texts. To add one: a
 * line here, its texts, and `useKeys` where it is bound. The palette offers it wherever it is bound.
 */
export const KEYS = {
  move: { 'J | ↓': 'down', 'K | ↑': 'up', Enter: 'open', Esc: 'back', '/': 'search', X: 'select', 'Shift X': 'selectRange', 'Home | End': 'ends', Space: 'serve', C: 'compose' },
  conversation: {
    R: 'reply',
    N: 'note',
    A: 'assign',
    L: 'label',
    S: 'snooze',
    E: 'close',
    O: 'reopen',
    U: 'unread',
    F: 'follow',
    P: 'customer',
    Z: 'undo',
  },
  write: { 'Mod Enter': 'send', 'Shift Mod Enter': 'sendClose', '/': 'template', F7: 'correct' },
  go: { 'G I': 'inbox', 'G R': 'reports', 'G S': 'settings', 'Mod K': 'palette', '?': 'help' },
} as const;

type Groups = typeof KEYS;
export type KeyGroup = keyof Groups;
export type KeyWord = { [G in KeyGroup]: Groups[G][keyof Groups[G]] }[KeyGroup];

/** What moves about in the list, or closes what is open, is nothing to look for; the next one is offered also without its key. */
const UNSOUGHT: ReadonlySet<KeyWord> = new Set(['serve', 'down', 'up', 'ends', 'selectRange', 'open', 'back', 'palette', 'template']);

export function keysOf(group: KeyGroup): [keys: string, word: KeyWord][] {
  return Object.entries<KeyWord>(KEYS[group]);
}

/** Those that the palette offers, what one is most likely to want first. */
export function soughtKeys(): [keys: string, word: KeyWord][] {
  return (['conversation', 'move', 'write', 'go'] as const).flatMap(keysOf).filter(([, word]) => !UNSOUGHT.has(word));
}

/** How `useKeys` spells a binding: "G I" is `g i`, "Mod K" is `Mod+k`. */
export function bindingOf(keys: string): string {
  const small = (key: string) => (key.length === 1 ? key.toLowerCase() : key === 'Esc' ? 'Escape' : key);
  const [first = '', second] = keys.split(' ');
  if (first === 'Mod' && second) return `Mod+${small(second)}`;
  return second ? `${small(first)} ${small(second)}` : small(first);
}
