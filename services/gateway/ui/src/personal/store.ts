import { useSyncExternalStore } from 'react';

export interface Store<T> {
  get: () => T;
  set: (next: T) => void;
  use: () => T;
}

/** A value that lives outside of the components and that they can follow. It is replaced, never changed. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const get = () => value;
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const set = (next: T) => {
    if (next === value) return;
    value = next;
    listeners.forEach((listener) => listener());
  };
  return { get, set, use: () => useSyncExternalStore(subscribe, get) };
}
