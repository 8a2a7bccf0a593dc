/** `@Name` in a note: who is called, and where in the text. */
import type { Agent } from '@/api/types';
import { worksWithConversations } from '@/app/roles';
import { foldText } from '@/app/text';

type Named = Pick<Agent, 'id' | 'name'>;

export interface Piece {
  text: string;
  /** The agents who have this name, where it calls somebody. */
  agents?: readonly string[];
}

/** The text in pieces, the names of these agents apart. */
export function piecesOf(text: string, agents: readonly Named[]): Piece[] {
  const byName = new Map<string, string[]>();
  for (const { id, name } of agents) byName.set(`@${name}`, [...(byName.get(`@${name}`) ?? []), id]);
  if (byName.size === 0) return [{ text }];
  // The longest first, so that "Ola Nowak" is not taken for "Ola".
  const names = [...byName.keys()].sort((one, other) => other.length - one.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(${names.join('|')})(?![\\p{L}\\p{N}])`, 'gu');
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > at) pieces.push({ text: text.slice(at, found.index) });
    pieces.push({ text: found[0], agents: byName.get(found[0]) });
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

/** Whom a note calls. Of several with one name those who were chosen (`picked`); all, when the name was typed. */
export function mentioned(text: string, agents: readonly Named[], picked: readonly string[]): string[] {
  const called = piecesOf(text, agents).map((piece) => piece.agents ?? []);
  return [...new Set(called.flatMap((ids) => (ids.some((id) => picked.includes(id)) ? ids.filter((id) => picked.includes(id)) : ids)))];
}

/** The names that more than one of these agents has. */
export function sharedNames(agents: readonly Named[]): ReadonlySet<string> {
  const names = agents.map(({ name }) => name);
  return new Set(names.filter((name, at) => names.indexOf(name) !== at));
}

/** Colleagues by their names; the one who writes comes last. */
export function findAgents(agents: readonly Agent[], query: string, me: string | undefined): Agent[] {
  const wanted = foldText(query.trim());
  return agents
    .toSorted((one, other) => Number(one.id === me) - Number(other.id === me))
    .filter(worksWithConversations)
    .filter((agent) => foldText(agent.name).split(/\s+/).some((word) => word.startsWith(wanted)) || foldText(agent.name).startsWith(wanted));
}
