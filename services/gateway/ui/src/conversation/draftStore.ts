/** The drafts of this browser, shared by everything that shows them, and kept in step with the server. */
import { notifications } from '@mantine/notifications';
import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import i18next from 'i18next';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { change as request, get, isUncertain, Problem } from '@/api/client';
import type { Conversation, KeptDraft, SavedDraft } from '@/api/types';
import { amend } from '@/app/amend';
import { contentOf, conversationOf, type Draft, type DraftKey, draftKey, drop, edited, EMPTY, finishedElsewhere, fingerprint, fromBody, isDirty, isEmpty, joined, keptKeys, load, type Mode, reconcile, save, type Sending, toBody, told, UNKNOWN } from './draft';
import { conversationOptions, sessionOptions } from './queries';

const drafts = new Map<string, Draft>();
const inFlight = new Set<string>();
const MODES: readonly Mode[] = ['reply', 'note', 'forward'];
const listeners = new Set<() => void>();

function name(agent: string, key: DraftKey): string {
  return `${agent} ${key}`;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  listeners.forEach((listener) => listener());
}

export function readDraft(agent: string, key: DraftKey): Draft {
  let draft = drafts.get(name(agent, key));
  if (!draft) drafts.set(name(agent, key), (draft = load(localStorage, agent, key)));
  return draft;
}

/** Gives whether the browser has kept it beyond this page. */
function put(agent: string, key: DraftKey, draft: Draft): boolean {
  drafts.set(name(agent, key), draft);
  const kept = keep(agent, key, draft);
  tell();
  return kept;
}

let warned = false;

/** A browser whose storage is full keeps the draft as long as the page is open; then the server has to. */
function keep(agent: string, key: DraftKey, draft: Draft): boolean {
  try {
    save(localStorage, agent, key, draft);
    return true;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  // What was kept before is older than what the server has.
  if (!isDirty(draft)) drop(localStorage, agent, key);
  if (!warned) notifications.show({ color: 'yellow', message: i18next.t('composer.noRoom'), autoClose: false });
  warned = true;
  return false;
}

/** Change a draft here at once, and on the server soon. */
export function updateDraft(agent: string, key: DraftKey, change: (draft: Draft) => Draft): Draft {
  const draft = change(readDraft(agent, key));
  const kept = put(agent, key, draft);
  if (isDirty(draft)) pushSoon(agent, key, kept ? PUSH_MS : NO_ROOM_MS);
  return draft;
}

/** A draft and how to change it. */
export function useDraft(agent: string, key: DraftKey) {
  const draft = useSyncExternalStore(subscribe, () => readDraft(agent, key));
  const change = useCallback(
    (fields: Partial<Draft> | ((draft: Draft) => Partial<Draft>)) =>
      updateDraft(agent, key, (old) => edited(old, typeof fields === 'function' ? fields(old) : fields)),
    [agent, key],
  );
  return { draft, change, onItsWay: isOnItsWay(draft) };
}

export function isOnItsWay(draft: Draft): boolean {
  return draft.sending !== null && inFlight.has(draft.sending.commandId);
}

export function setOnItsWay(commandId: string, going: boolean): void {
  if (going) inFlight.add(commandId);
  else inFlight.delete(commandId);
}

const NONE: readonly { key: DraftKey; sending: Sending }[] = [];
const going = new Map<string, typeof NONE>();

/** What of a conversation is on its way to the server. */
export function useOnItsWay(agent: string, conversation: string): typeof NONE {
  return useSyncExternalStore(subscribe, () => {
    const found = MODES.flatMap((mode) => {
      const key = draftKey(conversation, mode);
      const { sending } = readDraft(agent, key);
      return sending && inFlight.has(sending.commandId) ? [{ key, sending }] : [];
    });
    // The same array for the same answer, as the store demands.
    const before = going.get(conversation) ?? NONE;
    const same = found.length === before.length && found.every((each, at) => each.sending === before[at]?.sending);
    if (!same) going.set(conversation, found.length ? found : NONE);
    return going.get(conversation) ?? NONE;
  });
}

// --- which of them is being written -------------------------------------------------------------------------------

const modes = new Map<string, Mode>();

/** What the composer of a conversation shows: what was chosen, else where something has been begun. */
export function useMode(agent: string, conversation: string): [Mode, (mode: Mode) => void] {
  const mode = useSyncExternalStore(subscribe, () => modes.get(conversation) ?? begun(agent, conversation));
  return [mode, useCallback((next: Mode) => setMode(conversation, next), [conversation])];
}

export function modeNow(agent: string, conversation: string): Mode {
  return modes.get(conversation) ?? begun(agent, conversation);
}

export function setMode(conversation: string, mode: Mode): void {
  modes.set(conversation, mode);
  tell();
}

function begun(agent: string, conversation: string): Mode {
  const written = (mode: Mode) => !isEmpty(readDraft(agent, draftKey(conversation, mode)));
  return written('reply') ? 'reply' : written('note') ? 'note' : written('forward') ? 'forward' : 'reply';
}

// --- the server ---------------------------------------------------------------------------------------------------

const PUSH_MS = 800;
/** Where only this page has it. */
const NO_ROOM_MS = 150;
const AGAIN_MS = 5000;
/** A body that the browser still sends when the page goes away. */
const LAST_MAX = 60_000;

interface Line {
  timer?: ReturnType<typeof setTimeout>;
  /** One request after another, so that an older text never comes after a newer one. */
  last: Promise<void>;
  /** Fingerprints of what the server was asked to keep without an answer: it may have it. */
  asked: Set<string>;
}

const linesOf = new Map<string, Line>();
let cache: QueryClient | undefined;

function line(agent: string, key: DraftKey): Line {
  let found = linesOf.get(name(agent, key));
  if (!found) linesOf.set(name(agent, key), (found = { last: Promise.resolve(), asked: new Set() }));
  return found;
}

function pushSoon(agent: string, key: DraftKey, ms = PUSH_MS): void {
  const found = line(agent, key);
  clearTimeout(found.timer);
  found.timer = setTimeout(() => void flushDraft(agent, key), ms);
}

/** Bring the server up to date now; resolves when it is, or when it cannot be. */
export function flushDraft(agent: string, key: DraftKey): Promise<void> {
  const found = line(agent, key);
  clearTimeout(found.timer);
  return (found.last = found.last.then(() => push(agent, key)));
}

async function push(agent: string, key: DraftKey, leaving = false): Promise<void> {
  const draft = readDraft(agent, key);
  if (!agent || isOnItsWay(draft) || !isDirty(draft)) return;
  const pushed = fingerprint(draft);
  const { asked } = line(agent, key);
  const body = toBody(key, draft);
  if (leaving && JSON.stringify(body).length > LAST_MAX) return;
  // What was sent is forgotten by the server; what is there now may have been written elsewhere.
  if (!pushed && !draft.version && draft.synced !== UNKNOWN) {
    if (!leaving) await take(agent, key);
    if (readDraft(agent, key).version) await push(agent, key, leaving);
    return;
  }
  asked.add(pushed);
  let saved: SavedDraft | undefined;
  try {
    saved = pushed ? await request('PUT', path(key, draft), body, leaving) : await request('DELETE', path(key, draft), undefined, leaving);
  } catch (error) {
    // It is safe in this browser. A refusal will not become better; silence may.
    if (isUncertain(error)) return pushSoon(agent, key, AGAIN_MS);
    if (!(error instanceof Problem)) throw error;
    asked.delete(pushed);
    if (error.code === 'draft_finished') {
      list(key, null);
      updateDraft(agent, key, (now) => finishedElsewhere(now, pushed));
    }
    if (error.code === 'merged') void goOn(agent, key);
    // What is to be kept now goes on with what the server has.
    if (error.code === 'draft_changed') await take(agent, key);
    return;
  }
  asked.clear();
  const version = saved?.updated_at ?? null;
  put(agent, key, told(readDraft(agent, key), pushed, version));
  list(key, version ? { key, body, updated_at: version } : null);
}

/** Where a draft is kept, if the server has the version that it goes on with. */
function path(key: DraftKey, { synced, version }: Draft): string {
  return `/drafts/${key}?${new URLSearchParams(synced === UNKNOWN ? {} : version ? { since: version } : { anew: 'true' })}`;
}

/** The server is known to have this now (null: nothing): so does the list of what has been begun. */
function list(key: DraftKey, draft: KeptDraft | null): void {
  if (!cache) return;
  amend<KeptDraft[]>(cache, draftsOptions.queryKey, (all) => {
    const rest = all.filter((each) => each.key !== key);
    return draft ? [draft, ...rest] : rest;
  });
}

/** Take in what the server has. What is written here and only here stays. */
export function pullDraft(agent: string, key: DraftKey): Promise<void> {
  const found = line(agent, key);
  return (found.last = found.last.then(() => take(agent, key)));
}

async function take(agent: string, key: DraftKey): Promise<void> {
  try {
    const kept = await get<KeptDraft>(`/drafts/${key}`).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    });
    list(key, kept);
    if (isOnItsWay(readDraft(agent, key))) return;
    const server = kept && fromBody(key, kept.body);
    const { asked } = line(agent, key);
    updateDraft(agent, key, (old) => {
      const there = server ? fingerprint(server) : '';
      return reconcile(asked.has(there) ? { ...old, synced: there } : old, server, kept?.updated_at ?? null);
    });
    asked.clear();
  } catch (error) {
    // Then the agent goes on with what this browser has; the next look brings it together.
    if (!isUncertain(error) && !(error instanceof Problem)) throw error;
    if (isUncertain(error) && isDirty(readDraft(agent, key))) pushSoon(agent, key, AGAIN_MS);
    if (error instanceof Problem && error.code === 'merged') void goOn(agent, key);
  }
}

/** Its conversation goes on in another one. Where it is on screen, the page goes there first. */
async function goOn(agent: string, key: DraftKey): Promise<void> {
  const from = conversationOf(key);
  const asked: Promise<Conversation> | undefined = cache?.fetchQuery({ ...conversationOptions(from), staleTime: 0 });
  const into = (await asked?.catch(() => null))?.merged_into; // unanswered, it stays here
  if (into) setTimeout(() => void moveDrafts(agent, from, into), PUSH_MS);
}

/** A conversation was merged into another one: the server has moved what it had, and what is only here follows. */
export async function moveDrafts(agent: string, from: string, into: string): Promise<void> {
  await Promise.all(MODES.map((mode) => moveDraft(agent, draftKey(from, mode), draftKey(into, mode))));
}

async function moveDraft(agent: string, from: DraftKey, into: DraftKey): Promise<void> {
  const left = line(agent, from);
  await left.last;
  clearTimeout(left.timer);
  const moved = readDraft(agent, from);
  if (isOnItsWay(moved)) return; // refused, it comes back
  put(agent, from, EMPTY);
  if (isDirty(moved) && !isEmpty(moved)) {
    left.asked.forEach((each) => line(agent, into).asked.add(each));
    // Where nothing else was begun, the server has the text that this one goes on with.
    updateDraft(agent, into, (old) => ({ ...old, ...joined(contentOf(old), contentOf(moved)), unsent: old.unsent || moved.unsent, synced: isEmpty(old) ? moved.synced : old.synced }));
  }
  await pullDraft(agent, into);
  if (moved.other) updateDraft(agent, into, (now) => ({ ...now, other: now.other ?? moved.other }));
}

export const draftsOptions = queryOptions({
  queryKey: ['drafts'],
  queryFn: ({ signal }) => get<KeptDraft[]>('/drafts', {}, signal),
  staleTime: 60_000,
});

/** The conversations in which this agent has begun to write. */
export function useDraftKeys(): ReadonlySet<string> {
  const { data } = useQuery(draftsOptions);
  return useMemo(() => new Set(data?.map((each) => conversationOf(each.key))), [data]);
}

/**
 * Keep a draft that is on screen in step with the agent's other browsers, unless it is being written here. Gives what
 * to do when it is no longer.
 */
export function useFollowDraft(agent: string, key: DraftKey, isWriting: () => boolean): () => void {
  const { data } = useQuery(draftsOptions);
  const version = data && (data.find((each) => each.key === key)?.updated_at ?? null);
  const follow = useCallback(() => {
    const draft = readDraft(agent, key);
    if (!agent || version === undefined || version === draft.version || (isWriting() && !isEmpty(draft))) return;
    void pullDraft(agent, key);
  }, [agent, key, version, isWriting]);
  useEffect(follow, [follow]);
  return follow;
}

/** The drafts that are here, in this page or kept in the browser. */
function keysHere(agent: string): DraftKey[] {
  const prefix = name(agent, '');
  const open = [...drafts.keys()].filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
  return [...new Set([...open, ...keptKeys(localStorage, agent)])];
}

function dirtyKeys(agent: string): DraftKey[] {
  return keysHere(agent).filter((key) => isDirty(readDraft(agent, key)));
}

/** Bring the server up to date with all of them. */
export async function flushDrafts(agent: string): Promise<void> {
  await Promise.all(dirtyKeys(agent).map((key) => flushDraft(agent, key)));
}

/** The agent has left: what the server has need not be read in this browser. What it has not got stays. */
export function forgetDrafts(agent: string): void {
  for (const key of keysHere(agent)) {
    const draft = readDraft(agent, key);
    if (isDirty(draft) || draft.sending !== null) continue;
    drop(localStorage, agent, key);
    drafts.delete(name(agent, key));
  }
  tell();
}

/** Once for the app: what the server has not been told yet goes there, also when the page goes away. */
export function useKeepDrafts(): void {
  const client = useQueryClient();
  const { data: me } = useQuery(sessionOptions);
  const agent = me?.id ?? '';
  useEffect(() => {
    if (!agent) return undefined;
    cache = client;
    const dirty = () => dirtyKeys(agent);
    // In another browser it may have been changed or sent meanwhile: look before telling.
    dirty().forEach((key) => void pullDraft(agent, key).then(() => pushSoon(agent, key, 0)));
    const online = () => dirty().forEach((key) => void flushDraft(agent, key));
    const leave = () => {
      if (document.visibilityState === 'hidden') dirty().forEach((key) => void push(agent, key, true));
    };
    addEventListener('online', online);
    addEventListener('pagehide', leave);
    document.addEventListener('visibilitychange', leave);
    return () => {
      removeEventListener('online', online);
      removeEventListener('pagehide', leave);
      document.removeEventListener('visibilitychange', leave);
      if (cache === client) cache = undefined;
    };
  }, [agent, client]);
}

/** Show the other version; the one that was shown is the other one now, so a wrong click loses nothing. */
export function takeOther(agent: string, key: DraftKey): void {
  updateDraft(agent, key, (draft) => (draft.other ? { ...draft, ...draft.other, other: contentOf(draft) } : draft));
}

export function keepMine(agent: string, key: DraftKey): void {
  updateDraft(agent, key, (draft) => ({ ...draft, other: null }));
}
