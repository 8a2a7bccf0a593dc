/** A review of one field: asked for once, then kept in step with the field's text. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { Problem } from '@/api/client';
import { check, type State, TEXT_MAX } from './check';
import type { Correctable } from './correctable';
import { accept, acceptAll, edited, type Edit, reject, type Review, reviewOf, undoing } from './review';

export type Phase =
  | { name: 'checking'; state: State | null }
  | { name: 'reviewing'; language: string; found: number; review: Review }
  | { name: 'nothing'; language: string }
  | { name: 'done'; language: string; review: Review }
  | { name: 'failed'; code: string };

export interface Reviewing {
  phase: Phase;
  take(id: number, choice?: number): void;
  leave(id: number): void;
  takeAll(): void;
  undo(): void;
  /** Check the text again as one in this language, or as the text itself tells. */
  checkAs(language: string | null): void;
}

/** `own`: the language of the agent's screen. */
export function useReview(target: Correctable, keep: readonly string[], own: string): Reviewing {
  const [phase, setPhase] = useState<Phase>({ name: 'checking', state: null });
  const [language, setLanguage] = useState<string | null>(null);
  const latest = useRef({ target, keep, own });
  latest.current = { target, keep, own };

  useEffect(() => {
    const control = new AbortController();
    void ask(latest.current, language, control.signal, setPhase);
    return () => control.abort();
  }, [language]);

  // A text that was there before has the marks again that it had: taking a proposal was undone.
  const known = useRef(new Map<string, Review>());
  const now = inStep(phase, target.text(), known.current);
  if (now !== phase) setPhase(now);
  if ('review' in now) remember(known.current, now.review);

  const make = useCallback((next: Review, edits: readonly Edit[]) => {
    if (edits.length > 0) latest.current.target.replace(edits);
    setPhase((before) => settled(before, next));
  }, []);
  const review = now.name === 'reviewing' || now.name === 'done' ? now.review : null;
  const step = (next: (review: Review) => Review) => {
    // The field may be a key or two ahead of what is on screen.
    const current = inStep(now, target.text(), known.current);
    if (!('review' in current)) return;
    const after = next(current.review);
    make(after, after.done.slice(current.review.done.length));
  };
  return {
    phase: now,
    take: (id, choice) => step((each) => accept(each, id, choice)),
    leave: (id) => step((each) => reject(each, id)),
    takeAll: () => step(acceptAll),
    undo: () => {
      known.current.clear(); // who undoes all of it wants none of the marks again
      if (review) target.replace(undoing(review.done));
    },
    checkAs: (wanted) => {
      setPhase({ name: 'checking', state: null });
      setLanguage(wanted);
    },
  };
}

const KNOWN_MAX = 50;

function remember(known: Map<string, Review>, review: Review): void {
  known.delete(review.text);
  known.set(review.text, review);
  const [oldest] = known.keys();
  if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
}

interface Field {
  target: Correctable;
  keep: readonly string[];
  own: string;
}

async function ask(field: Field, language: string | null, signal: AbortSignal, tell: (phase: Phase) => void): Promise<void> {
  const text = field.target.text();
  if (!text.trim()) return tell({ name: 'nothing', language: 'und' });
  if (text.length > TEXT_MAX) return tell({ name: 'failed', code: 'too_long' });
  const keep = [...new Set(field.keep.filter((each) => each.trim() && each.length <= 100))].slice(0, 50);
  try {
    const question = { text, language, own_language: field.own, keep };
    const found = await check(question, (state) => signal.aborted || tell({ name: 'checking', state }), signal);
    if (signal.aborted) return;
    // Written on meanwhile? Then what is left of it is shown.
    const review = edited(reviewOf(text, found.corrections), field.target.text());
    if (review.marks.length === 0) return tell({ name: 'nothing', language: found.language });
    tell({ name: 'reviewing', language: found.language, found: review.marks.length, review });
  } catch (error) {
    if (!signal.aborted) tell({ name: 'failed', code: error instanceof Problem ? error.code : 'unreachable' });
  }
}

/** The phase for the field's text as it is: somebody else's tab may have changed it, or the agent wrote on. */
function inStep(phase: Phase, text: string, known: ReadonlyMap<string, Review>): Phase {
  if (!('review' in phase) || phase.review.text === text) return phase;
  return settled(phase, known.get(text) ?? edited(phase.review, text));
}

function settled(phase: Phase, review: Review): Phase {
  if (!('review' in phase)) return phase;
  if (review.marks.length > 0) return { ...phase, name: 'reviewing', found: 'found' in phase ? phase.found : 0, review };
  return { name: 'done', language: phase.language, review };
}
