import { useRef, useState } from 'react';
import type { Conversation } from '@/api/types';

/** Which row the keys act on, where it is, and how often it was moved. */
export interface Cursor {
  id: string | undefined;
  row: Conversation | undefined;
  moves: number;
  /** Go so many rows on; gives the row it comes to. */
  move: (step: number) => Conversation | undefined;
  moveTo: (row: Conversation | undefined) => void;
  /** The focus went to this row by itself. */
  follow: (id: string) => void;
}

/**
 * It goes to each conversation that is opened, stays there when that is closed, and is moved by keys. When its row
 * leaves the list, the next one takes its place.
 */
export function useCursor(rows: readonly Conversation[], openId: string | undefined): Cursor {
  const [id, setId] = useState(openId);
  const [opened, setOpened] = useState(openId);
  const [moves, setMoves] = useState(0);
  const place = useRef(-1);
  if (opened !== openId) {
    setOpened(openId);
    if (openId) setId(openId);
  }
  const at = rows.findIndex((row) => row.id === id);
  if (at >= 0) place.current = at;

  const moveTo = (row: Conversation | undefined) => {
    if (row) setId(row.id);
    setMoves((count) => count + 1);
  };
  const move = (step: number) => {
    // A row that is gone has left its place to the one behind it.
    const from = at >= 0 ? at : step > 0 ? place.current - 1 : place.current;
    const next = id === undefined ? rows[0] : rows[Math.min(Math.max(from + step, 0), rows.length - 1)];
    moveTo(next);
    return next;
  };
  return { id, row: rows[at], moves, move, moveTo, follow: setId };
}
