/** Refusals in the agent's language. */
import type { TFunction } from 'i18next';
import { Problem, Unreachable } from '@/api/client';

const KNOWN = [
  'already_assigned',
  'already_open',
  'bad_content',
  'conversation_archived',
  'conversation_closed',
  'conversation_snoozed',
  'forbidden',
  'invalid_request',
  'merged',
  'not_failed',
  'not_held',
  'not_found',
  'not_open',
  'not_signed_in',
  'search_too_wide',
  'snooze_in_the_past',
  'too_many_views',
  'too_many_attempts',
  'unavailable',
  'unknown_inbox',
  'wrong_login',
] as const;

/** A sentence for a person: ours where the code is known, else the server's own. */
export function problemText(t: TFunction, error: unknown): string {
  if (error instanceof Unreachable) return t('problem.unreachable');
  if (!(error instanceof Problem)) return t('problem.unexpected');
  const code = KNOWN.find((each) => each === error.code);
  if (code) return t(`problem.${code}`);
  if (error.status === 413) return t('problem.too_large');
  return error.detail || t('problem.unexpected');
}
