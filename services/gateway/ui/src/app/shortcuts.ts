/** Keys for everything, never while somebody types. */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { shortcutsOn } from '@/personal/preferences';

/** `held`: the key is held down, and this is not its first time. */
type Handler = (held?: boolean) => void;

/** Bindings by key: `j`, `?`, `Space`, a sequence `g i`, or `Mod+k` (which also works while typing). */
export type Bindings = Record<string, Handler>;

const SEQUENCE_MS = 1200;
/** What a key does again while it is held down: moving on. Everything else happens once. */
const GO_ON: ReadonlySet<string> = new Set(['j', 'k', 'ArrowDown', 'ArrowUp']);
interface Layer {
  current: Bindings;
  above: boolean;
}
const layers: Layer[] = [];
let prefix = '';
let prefixAt = 0;

/** The name of the key as bindings spell it; undefined for a key press that is none of ours. */
export function keyName(event: KeyboardEvent): string | undefined {
  if (event.altKey || event.isComposing) return undefined;
  const key = event.key === ' ' ? 'Space' : event.key;
  if (event.metaKey || event.ctrlKey) return event.shiftKey ? undefined : `Mod+${key.toLowerCase()}`;
  return key.length === 1 ? key.toLowerCase() : key;
}

/** Inputs that are pressed or pushed, and take no letters. */
const PUSHED = ['button', 'checkbox', 'radio', 'range', 'reset', 'submit'].map((type) => `[type="${type}"]`).join(', ');

function isTyping(target: Element | null): boolean {
  return target?.closest(`input:not(${PUSHED}), textarea, select, [contenteditable=""], [contenteditable="true"]`) != null;
}

/** What has the focus. An element of a mail's frame is of a world of its own, whose `Element` is another one. */
function focused(target: EventTarget | null): Element | null {
  return target !== null && 'closest' in target ? (target as Element) : null;
}

/** Space and Enter belong to the control that has the focus; a menu or dialog keeps all keys. */
function belongsToControl(name: string, target: Element | null): boolean {
  if (target?.closest('[role="dialog"], [role="menu"], [role="listbox"], [role="combobox"]')) return true;
  return (
    ['Space', 'Enter', 'ArrowDown', 'ArrowUp'].includes(name) &&
    target?.closest('button, input, a[href], summary, [role="radio"], [role="tab"], iframe') != null &&
    target.closest('[data-keys="own"]') === null
  );
}

function layerOf(name: string): Layer | undefined {
  const found = layers.toReversed().filter((layer) => layer.current[name]);
  return found.find((layer) => layer.above) ?? found[0];
}

function find(name: string): Handler | undefined {
  return layerOf(name)?.current[name];
}

const listeners = new Set<() => void>();

function changed(): void {
  if (layers.length === 0) removeEventListener('keydown', onKey);
  else addEventListener('keydown', onKey); // once, however often
  listeners.forEach((listener) => listener());
}

function follow(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What this binding does on the screen that is shown. */
export function boundTo(binding: string): Handler | undefined {
  return find(binding);
}

function isPrefix(name: string): boolean {
  return layers.some((layer) => Object.keys(layer.current).some((binding) => binding.startsWith(`${name} `)));
}

export function onKey(event: KeyboardEvent): void {
  const name = keyName(event);
  const target = focused(event.target);
  if (!name || event.defaultPrevented) return;
  const modified = name.startsWith('Mod+');
  if (!modified && (!shortcutsOn() || isTyping(target) || belongsToControl(name, target))) return;
  const sequence = prefix && event.timeStamp - prefixAt < SEQUENCE_MS ? `${prefix} ${name}` : name;
  const handler = find(sequence) ?? find(name);
  prefix = !handler && isPrefix(name) ? name : '';
  prefixAt = event.timeStamp;
  if (!handler) return;
  event.preventDefault();
  if (!event.repeat || GO_ON.has(name)) handler(event.repeat);
}

/** Leave the field that is written in: what is pressed next is a key again. */
export function leaveField(): void {
  (document.activeElement as HTMLElement | null)?.blur();
}

/** Bind keys while the component is shown; the one that was shown last wins, those that are `above` before others. */
export function useKeys(bindings: Bindings, above = false): Layer {
  const latest = useRef<Layer>({ current: bindings, above });
  useEffect(() => {
    latest.current.current = bindings;
  });
  useEffect(() => {
    const layer = latest.current;
    layers.push(layer);
    changed();
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      changed();
    };
  }, []);
  return latest.current;
}

/** Whether this key does what these bindings say, and not what others say that are shown as well. */
export function useHas(layer: Layer, key: string): boolean {
  return useSyncExternalStore(follow, () => layerOf(key) === layer);
}
