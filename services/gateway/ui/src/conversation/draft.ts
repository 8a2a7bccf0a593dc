/** What an agent has written and not yet sent. It is kept in the browser and survives everything but sending. */
import type { Attachment } from '@/api/types';

export type Mode = 'reply' | 'note';

export interface Draft {
  mode: Mode;
  reply: string;
  note: string;
  cc: string[];
  attachments: Attachment[];
  /** What is on its way: it comes back into the text if it is refused or if the page is closed meanwhile. */
  sending: Sending | null;
}

/** `commandId` goes with exactly this content: only the same content may be sent again under it. */
export interface Sending {
  mode: Mode;
  commandId: string;
  text: string;
  cc: string[];
  attachments: Attachment[];
}

export const EMPTY: Draft = { mode: 'reply', reply: '', note: '', cc: [], attachments: [], sending: null };

export function isEmpty(draft: Draft): boolean {
  return !draft.reply.trim() && !draft.note.trim() && draft.attachments.length === 0 && draft.sending === null;
}

function fingerprint(content: Omit<Sending, 'commandId'>): string {
  return JSON.stringify([content.mode, content.text.trim(), content.cc, content.attachments.map((each) => [each.blob, each.filename])]);
}

/** Take what is written out of the composer and put it on its way. */
export function start(draft: Draft, newId: () => string): Draft & { sending: Sending } {
  const content =
    draft.mode === 'note'
      ? { mode: draft.mode, text: draft.note, cc: [], attachments: [] }
      : { mode: draft.mode, text: draft.reply, cc: draft.cc, attachments: draft.attachments };
  const again = draft.sending !== null && fingerprint(draft.sending) === fingerprint(content);
  const sending = { ...content, commandId: again && draft.sending ? draft.sending.commandId : newId() };
  return draft.mode === 'note'
    ? { ...draft, note: '', sending }
    : { ...draft, reply: '', cc: [], attachments: [], sending };
}

/** It was accepted. */
export function finish(draft: Draft): Draft {
  return { ...draft, sending: null };
}

function join(first: string, second: string): string {
  return [first.trimEnd(), second].filter(Boolean).join('\n\n');
}

/**
 * It was not accepted: everything goes back into the composer, before what was written in the meantime.
 * `uncertain`: nobody knows whether it arrived, so the same content keeps its command id.
 */
export function restore(draft: Draft, uncertain: boolean): Draft {
  const { sending } = draft;
  if (sending === null) return draft;
  const kept = uncertain ? sending : null;
  if (sending.mode === 'note') return { ...draft, mode: 'note', note: join(sending.text, draft.note), sending: kept };
  return {
    ...draft,
    mode: 'reply',
    reply: join(sending.text, draft.reply),
    cc: [...new Set([...sending.cc, ...draft.cc])],
    attachments: [...sending.attachments, ...draft.attachments],
    sending: kept,
  };
}

const PREFIX = 'nitka.draft.';

function key(agent: string, conversation: string): string {
  return `${PREFIX}${agent}.${conversation}`;
}

/** The kept draft. What was on its way when the page closed is back in the text, its outcome uncertain. */
export function load(storage: Storage, agent: string, conversation: string): Draft {
  const text = storage.getItem(key(agent, conversation));
  if (text === null) return EMPTY;
  try {
    return restore({ ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) }, true);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    storage.removeItem(key(agent, conversation)); // half-written by a crash: there is nothing to read in it
    return EMPTY;
  }
}

export function save(storage: Storage, agent: string, conversation: string, draft: Draft): void {
  if (isEmpty(draft)) storage.removeItem(key(agent, conversation));
  else storage.setItem(key(agent, conversation), JSON.stringify(draft));
}
