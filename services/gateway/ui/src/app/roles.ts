/** What accounts may do; the server checks it again. */
import { useQuery } from '@tanstack/react-query';
import type { Agent } from '@/api/types';
import { agentsOptions, sessionOptions } from '@/conversation/queries';

/** Analysts see figures, no conversations. */
export function worksWithConversations({ role }: Pick<Agent, 'role'>): boolean {
  return role !== 'analyst';
}

/** Those who can be given conversations, and told of them. */
export const workersOptions = { ...agentsOptions, select: (agents: Agent[]) => agents.filter(worksWithConversations) };

/** Whether whoever has signed in works with conversations. */
export function useWorks(): boolean {
  const { data: me } = useQuery(sessionOptions);
  return me !== undefined && worksWithConversations(me);
}

/** Whether whoever has signed in may change what everybody shares. */
export function useMayChange(): boolean {
  const { data: me } = useQuery(sessionOptions);
  return me?.role === 'supervisor' || me?.role === 'admin';
}
