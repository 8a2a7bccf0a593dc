/** What the screen that is shown offers to the palette, beside what has a key. */
import { useEffect } from 'react';
import { createStore } from '@/personal/store';

export interface PaletteAction {
  id: string;
  label: string;
  keys?: string;
  /** What people come for most: it stands above what has a key. */
  first?: boolean;
  run: () => void;
}

const offers = createStore<readonly (readonly PaletteAction[])[]>([]);

/** What is offered now, the innermost component's first. */
export function usePaletteActions(): readonly PaletteAction[] {
  return offers.use().toReversed().flat();
}

/** Offer these actions while the component is shown. Give a stable array. */
export function useOffer(actions: readonly PaletteAction[]): void {
  useEffect(() => {
    offers.set([...offers.get(), actions]);
    return () => offers.set(offers.get().filter((each) => each !== actions));
  }, [actions]);
}
