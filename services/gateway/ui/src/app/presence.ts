/** Who is there: the states, the usual reasons for a pause, and how both are said. */
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Presence, PresenceView } from '@/api/types';
import { presenceOptions } from '@/conversation/queries';

/** What an agent says of themselves; only a pause has a reason. */
export type Said = Pick<PresenceView, 'presence'> & { reason?: string | null };

/** Stored as these words, so that figures add them up whatever language they were chosen in. */
export const REASONS = ['break', 'lunch', 'meeting', 'training'] as const;
export const REASON_MAX = 100;

export const CHOICES: readonly Said[] = [
  { presence: 'online' },
  { presence: 'paused' },
  ...REASONS.map((reason) => ({ presence: 'paused' as const, reason })),
  { presence: 'offline' },
];

/** A usual reason in the reader's language, any other in the words that its agent has typed. */
export function reasonText(t: TFunction, reason: string): string {
  const usual = REASONS.find((each) => each === reason);
  return usual ? t(`presence.reason.${usual}`) : reason;
}

export function presenceText(t: TFunction, { presence, reason }: Said): string {
  const word = t(`presence.${presence}`);
  return reason ? t('presence.because', { presence: word, reason: reasonText(t, reason) }) : word;
}

/** What to know before something is given to a colleague: that they are away, and why. Nothing of those who are there. */
export function useAway(): (id: string) => string | undefined {
  const { t } = useTranslation();
  const { data } = useQuery(presenceOptions);
  return (id) => {
    const said: Said | undefined = data?.find((each) => each.agent_id === id);
    if (!data || said?.presence === 'online') return undefined;
    return presenceText(t, said ?? { presence: 'offline' as Presence });
  };
}
