import { useSyncExternalStore } from 'react';

const EVERY_MS = 30_000;
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** The time, moving twice a minute, the same for everybody who asks. */
export function useNow(): Date {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      timer ??= setInterval(() => {
        now = new Date();
        listeners.forEach((each) => each());
      }, EVERY_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    () => {
      // While nobody followed it the time stood still.
      if (timer === undefined && Date.now() - now.getTime() >= EVERY_MS) now = new Date();
      return now;
    },
  );
}
