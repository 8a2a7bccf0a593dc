/** What the screen that is shown offers to the palette. */
import { useEffect, useSyncExternalStore } from 'react';

export interface PaletteAction {
  id: string;
  label: string;
  keys?: string;
  run: () => void;
}

let offered: readonly PaletteAction[] = [];
const listeners = new Set<() => void>();

function set(next: readonly PaletteAction[]): void {
  offered = next;
  listeners.forEach((listener) => listener());
}

export function usePaletteActions(): readonly PaletteAction[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => offered,
  );
}

/** Offer these actions while the component is shown. Give a stable array. */
export function useOffer(actions: readonly PaletteAction[]): void {
  useEffect(() => {
    set(actions);
    return () => set([]);
  }, [actions]);
}
