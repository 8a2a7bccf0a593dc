/** Asking the corrector, and waiting while it is being started. */
import { change, get, Problem } from '@/api/client';
import type { components } from '@/api/schema';

export type Checked = components['schemas']['CheckedText'];
export type State = components['schemas']['WritingState'];
export type Question = components['schemas']['CheckText'];

/** Units that the corrector takes at once; it counts characters, so this is never more than it takes. */
export const TEXT_MAX = 20_000;

const PAUSE_MS = 1000;

/**
 * What the corrector finds. While it is being started `onState` is told how far it is. Rejects with a Problem, with
 * Unreachable, or when `signal` is aborted.
 */
export async function check(
  question: Question,
  onState: (state: State) => void,
  signal: AbortSignal,
  pause = PAUSE_MS,
): Promise<Checked> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await change<Checked>('POST', '/writing/check', question);
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'starting')) throw error;
    }
    for (;;) {
      const state = await get<State>('/writing/state', {}, signal);
      if (state.state !== 'starting' && state.state !== 'fetching') break;
      onState(state);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
