/** Two answers that cross: somebody else has answered since the one who writes here began. */
import { useEffect, useRef } from 'react';
import type { Conversation, MessageItem, TimelineItem } from '@/api/types';
import { announcer } from '@/personal/here';
import { createStore } from '@/personal/store';

/** By conversation: the sequence that it had when the answer was begun. */
const begun = createStore<ReadonlyMap<string, number>>(new Map());

interface Question {
  conversationId: string;
  answer: (send: boolean) => void;
}
const question = createStore<Question | null>(null);
const crossed = new Set<string>();

function begin(conversationId: string, sequence: number | null): void {
  const next = new Map(begun.get());
  if (sequence === null) next.delete(conversationId);
  else next.set(conversationId, sequence);
  begun.set(next);
}

/** The newest answer by a colleague that came after `since`; null when there is none. */
export function answerSince(items: readonly TimelineItem[], since: number | undefined, me: string): MessageItem | null {
  if (since === undefined) return null;
  const isTheirs = (item: TimelineItem): item is MessageItem =>
    item.kind === 'message' && item.direction === 'outbound' && item.sequence > since && item.agent_id !== null && item.agent_id !== me;
  return items.findLast(isTheirs) ?? null;
}

/**
 * For the composer: the others see that an answer is being written, and what crosses with it is noticed. Give the
 * text of the answer, as it is now.
 */
export function useTyping({ id: conversationId, sequence }: Conversation, text: string): void {
  const before = useRef(text);
  const written = text.trim() !== '';
  useEffect(() => {
    if (!written) return begin(conversationId, null);
    if (!begun.get().has(conversationId)) begin(conversationId, sequence);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- as it was when the answer was begun
  }, [conversationId, written]);
  useEffect(() => {
    if (text === before.current) return;
    before.current = text;
    if (text.trim()) announcer.typed(conversationId);
    else announcer.stop();
  }, [conversationId, text]);
}

/** For the composer, before an answer is sent: true unless somebody else has answered and the agent wants to look first. */
export function mayAnswer(conversationId: string): Promise<boolean> {
  if (!crossed.has(conversationId)) return Promise.resolve(true);
  return new Promise((resolve) => {
    question.get()?.answer(false);
    question.set({
      conversationId,
      answer: (send) => {
        question.set(null);
        resolve(send);
      },
    });
  });
}

/** For the warning: since when an answer is being written, and the question that waits for the agent. */
export function useCrossing(conversationId: string) {
  const asked = question.use();
  return {
    since: begun.use().get(conversationId),
    question: asked?.conversationId === conversationId ? asked : null,
  };
}

/** The warning is on screen, so `mayAnswer` has to ask. */
export function useWarned(conversationId: string, warned: boolean): void {
  useEffect(() => {
    if (!warned) return;
    crossed.add(conversationId);
    return () => {
      crossed.delete(conversationId);
      if (question.get()?.conversationId === conversationId) question.get()?.answer(false);
    };
  }, [conversationId, warned]);
}
