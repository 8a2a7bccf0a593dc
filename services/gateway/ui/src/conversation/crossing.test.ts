import { describe, expect, it } from 'vitest';
import type { MessageItem } from '@/api/types';
import { note, system } from '@/testing';
import { answerSince } from './crossing';

function answer(sequence: number, agent_id: string | null, direction: MessageItem['direction'] = 'outbound'): MessageItem {
  return { kind: 'message', id: `m${sequence}`, sequence, direction, agent_id } as MessageItem;
}

describe('answerSince', () => {
  const at = '2026-11-02T10:00:00Z';
  const items = [answer(1, null, 'inbound'), answer(2, 'ola'), note('n', at, 3), answer(4, 'joao'), system(5, at), answer(6, 'me'), answer(7, null)];

  it('finds the newest answer of a colleague, and neither notes nor machines nor one’s own', () => {
    expect(answerSince(items, 1, 'me')?.id).toBe('m4');
    expect(answerSince(items, 3, 'me')?.id).toBe('m4');
    expect(answerSince(items, 1, 'joao')?.id).toBe('m6');
  });

  it('finds nothing that was there before, or while nothing is being written', () => {
    expect(answerSince(items, 4, 'me')).toBeNull();
    expect(answerSince(items, undefined, 'me')).toBeNull();
  });
});
