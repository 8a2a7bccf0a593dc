/** `@Name` in a note: who is called, and where in the text. */
import type { Agent } from '@/api/types';

export interface Piece {
  text: string;
  /** The agent who is called by it. */
  agent?: string;
}

/** The text in pieces, the names of these agents apart. */
export function piecesOf(text: string, agents: readonly Pick<Agent, 'id' | 'name'>[]): Piece[] {
  const byName = new Map(agents.map((agent) => [`@${agent.name}`, agent.id]));
  if (byName.size === 0) return [{ text }];
  // The longest first, so that "Ola Nowak" is not taken for "Ola".
  const names = [...byName.keys()].sort((one, other) => other.length - one.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(${names.join('|')})(?![\\p{L}\\p{N}])`, 'gu');
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > at) pieces.push({ text: text.slice(at, found.index) });
    pieces.push({ text: found[0], agent: byName.get(found[0]) });
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

/** Whom a note calls. */
export function mentioned(text: string, agents: readonly Pick<Agent, 'id' | 'name'>[]): string[] {
  return [...new Set(piecesOf(text, agents).flatMap((piece) => piece.agent ?? []))];
}
