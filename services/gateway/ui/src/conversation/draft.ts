/**
 * What an agent has written and not yet sent: pure functions.
 *
 * A draft is kept in the browser at once and on the server soon after, so it survives everything but sending and
 * follows the agent from browser to browser. Answers, notes and forwards of a conversation are drafts of their own.
 */
import type { Attachment, ContactPoint, DraftBody } from '@/api/types';
import { fromMail, htmlToText, textToHtml } from '@/compose/html';

export type Mode = 'reply' | 'note' | 'forward';

/** A conversation's id (the answer in it), with `.note` or `.forward`, or `new`. */
export type DraftKey = string;

export function draftKey(conversation: string, mode: Mode): DraftKey {
  return mode === 'reply' ? conversation : `${conversation}.${mode}`;
}

export function conversationOf(key: DraftKey): string {
  return key.split('.')[0] ?? key;
}

export function modeOf(key: DraftKey): Mode {
  return key.endsWith('.note') ? 'note' : key.endsWith('.forward') ? 'forward' : 'reply';
}

export interface Content {
  text: string;
  /** The text, formatted, as the editor has it; null where nothing is formatted. */
  html: string | null;
  /** Empty: to whom the server would answer. */
  to: ContactPoint[];
  cc: ContactPoint[];
  bcc: ContactPoint[];
  /** Of a new conversation. */
  subject: string | null;
  account: string | null;
  /** The message that is passed on. */
  messageId: string | null;
  attachments: Attachment[];
  /** The colleagues who were chosen in a note; their names may have been taken out since. */
  mentions: string[];
}

export interface Draft extends Content {
  /** What is on its way: it comes back into the text if it is refused or if the page is closed meanwhile. */
  sending: Sending | null;
  /** What is in the text again though it may have arrived. */
  tried: Sending | null;
  /** What is written was to be sent and was not. */
  unsent: boolean;
  /** Fingerprint of what the server is known to have; empty for nothing. */
  synced: string;
  /** The server's version of it; null where none is known, or it may have been sent since. */
  version: string | null;
  /** What was written in another browser meanwhile; the agent chooses. */
  other: Content | null;
}

/** `commandId` goes with exactly this content: only the same content may be sent again under it. */
export interface Sending extends Content {
  commandId: string;
}

export const NOTHING: Content = {
  text: '', html: null, to: [], cc: [], bcc: [], subject: null, account: null, messageId: null, attachments: [], mentions: [],
}; // prettier-ignore

/** In place of a fingerprint: the server may have anything. */
export const UNKNOWN = '?';

export const EMPTY: Draft = { ...NOTHING, sending: null, tried: null, unsent: false, synced: '', version: null, other: null };

export function contentOf(draft: Content): Content {
  const { text, html, to, cc, bcc, subject, account, messageId, attachments, mentions } = draft;
  return { text, html, to, cc, bcc, subject, account, messageId, attachments, mentions };
}

/** Whether there is anything in it that somebody would miss. */
export function isEmpty(content: Content): boolean {
  return !content.text.trim() && !/<img\b/i.test(content.html ?? '') && content.attachments.length === 0 && content.to.length === 0 && !content.subject?.trim();
}

function facts(content: Content): string {
  const addresses = (points: readonly ContactPoint[]) => points.map((each) => each.value);
  return JSON.stringify([
    content.text.trim(),
    content.html === textToHtml(content.text) ? null : content.html,
    addresses(content.to),
    addresses(content.cc),
    addresses(content.bcc),
    content.subject?.trim() ?? '',
    content.messageId,
    content.attachments.map((each) => [each.blob, each.filename, each.content_id ?? null]),
    content.mentions,
  ]);
}

/** Equal for contents that say the same; empty for one that the server does not keep. */
export function fingerprint(content: Content): string {
  if (isEmpty(content)) return '';
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (const letter of facts(content)) {
    const code = letter.codePointAt(0) ?? 0;
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  return `${(one >>> 0).toString(36)}${(two >>> 0).toString(36)}`;
}

/** Whether the server does not have it yet. */
export function isDirty(draft: Draft): boolean {
  return fingerprint(draft) !== draft.synced;
}

/** The draft with what was changed in it. Where nothing is left, nothing is left to be sent either. */
export function edited(draft: Draft, fields: Partial<Draft>): Draft {
  const next = { ...draft, ...fields };
  return isEmpty(next) ? { ...next, tried: null, unsent: false } : next;
}

/** Take what is written out of the composer and put it on its way. */
export function start(draft: Draft, newId: () => string): Draft & { sending: Sending } {
  const content = contentOf(draft);
  const { tried } = draft;
  const again = tried !== null && facts(tried) === facts(content);
  const sending = { ...content, commandId: again ? tried.commandId : newId() };
  return { ...draft, ...NOTHING, sending, tried: null, unsent: false };
}

/** It was accepted. */
export function finish(draft: Draft): Draft {
  return { ...draft, sending: null, version: null };
}

/** The server has this (its fingerprint) now, as this version. */
export function told(draft: Draft, pushed: string, version: string | null): Draft {
  return { ...draft, synced: pushed, version };
}

/**
 * What was to be kept (`pushed`) goes on with a draft that was sent or dropped elsewhere. Set aside, it can be taken
 * back; where more has been written since, that is a draft of its own.
 */
export function finishedElsewhere(draft: Draft, pushed: string): Draft {
  if (fingerprint(draft) !== pushed) return told(draft, '', null);
  return { ...told(draft, '', null), ...NOTHING, other: contentOf(draft) };
}

function joinText(first: string, second: string): string {
  return [first.trimEnd(), second].filter(Boolean).join('\n\n');
}

function joinHtml(first: Content, second: Content): string | null {
  if (first.html === null && second.html === null) return null;
  if (!second.text.trim() && !second.html) return first.html;
  return `${first.html ?? textToHtml(first.text)}<p></p>${second.html ?? textToHtml(second.text)}`;
}

/** Two contents in one: nothing that was written is lost. */
export function joined(first: Content, second: Content): Content {
  const points = (one: readonly ContactPoint[], other: readonly ContactPoint[]) => [
    ...one,
    ...other.filter((each) => !one.some((known) => known.value === each.value)),
  ];
  const files = second.attachments.filter((each) => !first.attachments.some((known) => known.blob === each.blob && known.filename === each.filename));
  return {
    text: joinText(first.text, second.text),
    html: joinHtml(first, second),
    to: points(first.to, second.to),
    cc: points(first.cc, second.cc),
    bcc: points(first.bcc, second.bcc),
    subject: first.subject ?? second.subject,
    account: first.account ?? second.account,
    messageId: first.messageId ?? second.messageId,
    attachments: [...first.attachments, ...files],
    mentions: [...new Set([...first.mentions, ...second.mentions])],
  };
}

/**
 * It was not accepted: everything goes back into the composer, before what was written in the meantime.
 * `uncertain`: nobody knows whether it arrived, so the same content keeps its command id.
 */
export function restore(draft: Draft, uncertain: boolean): Draft {
  const { sending } = draft;
  if (sending === null) return draft;
  const back = { ...draft, ...joined(contentOf(sending), contentOf(draft)), sending: null, unsent: true };
  return uncertain ? { ...back, tried: sending, version: null } : back;
}

/**
 * Bring together what is here and what the server has (null: nothing), which is this version of it. What is here and
 * only here stays.
 */
export function reconcile(local: Draft, server: Content | null, version: string | null): Draft {
  const here = fingerprint(local);
  const there = server ? fingerprint(server) : '';
  const now = told(local, there, version);
  if (here === there) return now;
  // Changed here only, which may mean that it has been sent: the server is to be told.
  if (there === local.synced && here !== local.synced) return now;
  if (here === local.synced || here === '') return edited(now, { ...(server ?? NOTHING), other: null });
  return { ...now, other: there === '' ? local.other : server };
}

/** As the server keeps it. */
export function toBody(key: DraftKey, content: Content): DraftBody {
  const { text, html, to, cc, bcc, subject, account, messageId, attachments, mentions } = content;
  return { mode: modeOf(key), text, html, to, cc, bcc, subject, account, message_id: messageId, mentions, attachments };
}

export function fromBody(key: DraftKey, body: DraftBody): Content {
  const html = body.html ? fromMail(body.html) : null;
  return {
    text: html === null ? (body.text ?? '') : htmlToText(html),
    html,
    to: body.to ?? [],
    cc: body.cc ?? [],
    bcc: body.bcc ?? [],
    // An answer that was taken back brings the subject it had; the server gives it one again.
    subject: key === 'new' ? (body.subject ?? null) : null,
    account: body.account ?? null,
    messageId: body.message_id ?? null,
    attachments: body.attachments ?? [],
    mentions: body.mentions ?? [],
  };
}

const PREFIX = 'nitka.draft.';

function storageKey(agent: string, key: DraftKey): string {
  return `${PREFIX}${agent}:${key}`;
}

/** The kept draft. What was on its way when the page closed is back in the text, its outcome uncertain. */
export function load(storage: Storage, agent: string, key: DraftKey): Draft {
  const text = storage.getItem(storageKey(agent, key));
  if (text === null) return EMPTY;
  try {
    return restore({ ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) }, true);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    storage.removeItem(storageKey(agent, key)); // half-written by a crash: there is nothing to read in it
    return EMPTY;
  }
}

/** Keep it in this browser. Raises DOMException when there is no room for it. */
export function save(storage: Storage, agent: string, key: DraftKey, draft: Draft): void {
  const nothing = isEmpty(draft) && draft.cc.length + draft.bcc.length === 0 && !draft.messageId && draft.sending === null && draft.other === null;
  // An empty draft is kept until the server knows that it is.
  if (nothing && draft.synced === '') storage.removeItem(storageKey(agent, key));
  else storage.setItem(storageKey(agent, key), JSON.stringify(draft));
}

/** Keep it here no longer. */
export function drop(storage: Storage, agent: string, key: DraftKey): void {
  storage.removeItem(storageKey(agent, key));
}

/** The keys of an agent's drafts in this browser. */
export function keptKeys(storage: Storage, agent: string): DraftKey[] {
  const prefix = storageKey(agent, '');
  return Object.keys(storage)
    .filter((each) => each.startsWith(prefix))
    .map((each) => each.slice(prefix.length));
}
