/** The widths of the panels: what they may be, and what this browser remembers. Pixels. */

export interface Panel {
  /** Names the custom property `--n-<name>-width` that the layout reads, and what is remembered. */
  name: 'list' | 'customer';
  /** Where the panel lies, seen from its separator. */
  side: 'left' | 'right';
  min: number;
  max: number;
  initial: number;
}

export const LIST: Panel = { name: 'list', side: 'left', min: 280, max: 480, initial: 360 };
export const CUSTOMER: Panel = { name: 'customer', side: 'right', min: 260, max: 420, initial: 320 };

const STEP = 16;

export function clamp(panel: Panel, width: number): number {
  return Math.round(Math.min(Math.max(width, panel.min), panel.max));
}

/** The width after a key on the separator; undefined for a key that is none of its own. */
export function widthAfterKey(panel: Panel, width: number, key: string): number | undefined {
  const wider = panel.side === 'left' ? 'ArrowRight' : 'ArrowLeft';
  const narrower = panel.side === 'left' ? 'ArrowLeft' : 'ArrowRight';
  switch (key) {
    case wider:
      return clamp(panel, width + STEP);
    case narrower:
      return clamp(panel, width - STEP);
    case 'Home':
      return panel.min;
    case 'End':
      return panel.max;
    default:
      return undefined;
  }
}

function key(panel: Panel): string {
  return `nitka.width.${panel.name}`;
}

export function rememberedWidth(panel: Panel): number {
  const stored = Number(localStorage.getItem(key(panel)) ?? NaN);
  return Number.isFinite(stored) ? clamp(panel, stored) : panel.initial;
}

export function rememberWidth(panel: Panel, width: number): void {
  if (width === panel.initial) localStorage.removeItem(key(panel));
  else localStorage.setItem(key(panel), String(width));
}

/** Let the layout know. A custom property, so that dragging draws nothing anew but the layout itself. */
export function applyWidth(panel: Panel, width: number): void {
  document.documentElement.style.setProperty(`--n-${panel.name}-width`, `${width}px`);
}
