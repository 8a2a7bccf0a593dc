/** What of the live stream is news for this agent: their conversations, those they follow, and where they are named. */
import type { Conversation, DeliveryState, LiveEvent } from '@/api/types';
import { isBad } from '@/conversation/badRating';

export type Kind = 'message' | 'assigned' | 'mention' | 'undelivered' | 'badRating' | 'woken';

export interface News {
  kind: Kind;
  conversationId: string;
  /** The colleague who did it; for `undelivered` the one whose message it is. */
  actorId: string | null;
  /** How a message did not get through. */
  delivery?: DeliveryState;
  /** What the customer gave. */
  score?: number;
}

/** What an event may be to the agent; null when it is nothing to them, or their own doing. */
export function newsOf(event: LiveEvent, me: string): News | null {
  const kind = kindOf(event, me);
  if (!kind || !event.conversation_id || event.actor_id === me) return null;
  const conversationId = event.conversation_id;
  if (kind === 'undelivered') return { kind, conversationId, actorId: event.agent_id ?? null, delivery: event.undelivered ?? undefined };
  if (kind === 'badRating') return { kind, conversationId, actorId: null, score: event.score ?? undefined };
  return { kind, conversationId, actorId: event.actor_id ?? null };
}

function kindOf(event: LiveEvent, me: string): Kind | null {
  switch (event.type) {
    case 'conversation.message_received':
      return event.actor_kind === 'customer' ? 'message' : null;
    case 'conversation.assigned':
      return event.assignee === me ? 'assigned' : null;
    case 'conversation.note_added':
      return event.mentions?.includes(me) ? 'mention' : null;
    case 'conversation.reopened':
      return event.woken_for === me ? 'woken' : null;
    case 'conversation.delivery_changed':
      return event.undelivered ? 'undelivered' : null;
    case 'conversation.rated':
    case 'conversation.rating_absorbed':
      return isBad(event.score) ? 'badRating' : null;
    default:
      return null;
  }
}

/**
 * Whether the agent is told: of a customer's words and bad ratings only where the conversation is theirs or they follow
 * it, of their own lost words everywhere. A rating of what was merged away is told of where that goes on.
 */
export function concerns(news: News, row: Conversation, me: string): boolean {
  const theirs = row.assignee === me || row.followers.includes(me);
  if (news.kind === 'undelivered') return theirs || news.actorId === me;
  if (news.kind === 'badRating') return theirs && !row.merged_into;
  return news.kind !== 'message' || theirs;
}

const WEIGHT: Record<Kind, number> = { message: 0, woken: 1, assigned: 1, mention: 2, badRating: 3, undelivered: 4 };

/** One piece of news per conversation, the weightiest. */
export function gather(all: readonly News[]): News[] {
  const found = new Map<string, News>();
  for (const each of all) {
    const known = found.get(each.conversationId);
    if (!known || WEIGHT[each.kind] >= WEIGHT[known.kind]) found.set(each.conversationId, each);
  }
  return [...found.values()];
}
