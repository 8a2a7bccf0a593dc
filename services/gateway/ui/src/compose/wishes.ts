/** What one part of the screen wants from the composer of a conversation, which may not be there yet. */
import type { UseNavigateResult } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { MessageItem } from '@/api/types';
import { type DraftKey, draftKey, type Mode } from '@/conversation/draft';
import { setMode, updateDraft } from '@/conversation/draftStore';
import { catchLetters, WAIT_MS } from './typeAhead';

export type Wish = { kind: 'write'; conversation: string } | { kind: 'redirect'; conversation: string; message: MessageItem };

const listeners = new Set<(wish: Wish) => boolean>();
let waiting: { wish: Wish; until: number } | undefined;

export function wish(wanted: Wish): void {
  waiting = undefined;
  if (![...listeners].some((listener) => listener(wanted))) waiting = { wish: wanted, until: Date.now() + WAIT_MS };
}

/** Fulfil the wishes for one conversation while it is shown. */
export function useWishes(conversation: string, fulfil: (wish: Wish) => void): void {
  const latest = useRef(fulfil);
  latest.current = fulfil;
  useEffect(() => {
    const listener = (wanted: Wish) => {
      if (wanted.conversation !== conversation) return false;
      latest.current(wanted);
      return true;
    };
    listeners.add(listener);
    if (waiting && Date.now() < waiting.until && listener(waiting.wish)) waiting = undefined;
    return () => {
      listeners.delete(listener);
    };
  }, [conversation]);
}

/** Write in a conversation that may still be coming: what is typed until then goes into the text. */
export function beginWriting(conversation: string, mode: Mode): void {
  setMode(conversation, mode);
  catchLetters();
  wish({ kind: 'write', conversation });
}

/** Go to where something that was taken back is written again: a first mail has no conversation any more. */
export async function writeAgain(navigate: UseNavigateResult<string>, key: DraftKey, conversation: string, open: string | undefined): Promise<void> {
  if (key === 'new') return navigate({ to: '/inbox/new', search: (old) => old });
  if (open !== conversation) await navigate({ to: '/inbox/$conversationId', params: { conversationId: conversation }, search: (old) => old });
  wish({ kind: 'write', conversation });
}

/** Pass a message on: what is to be said is written in the composer. */
export function beginForward(agent: string, conversation: string, messageId: string): void {
  updateDraft(agent, draftKey(conversation, 'forward'), (draft) => ({ ...draft, messageId }));
  setMode(conversation, 'forward');
  wish({ kind: 'write', conversation });
}
