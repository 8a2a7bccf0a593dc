/** The drafts of this browser, shared by everything that shows them, and kept in step with the server. */
import { notifications } from '@mantine/notifications';
import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import i18next from 'i18next';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { change as request, get, isUncertain, Problem } from '@/api/client';
import type { KeptDraft } from '@/api/types';
import { contentOf, conversationOf, type Draft, type DraftKey, draftKey, drop, finishedElsewhere, fingerprint, fromBody, isDirty, isEmpty, isKnown, keptKeys, load, type Mode, reconcile, save, type Sending, toBody, told } from './draft';
import { sessionOptions } from './queries';

const drafts = new Map<string, Draft>();
const inFlight = new Set<string>();
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
      updateDraft(agent, key, (old) => ({ ...old, ...(typeof fields === 'function' ? fields(old) : fields) })),
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
    const found = (['reply', 'note', 'forward'] as const).flatMap((mode) => {
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
}

const linesOf = new Map<string, Line>();
let cache: QueryClient | undefined;

function line(agent: string, key: DraftKey): Line {
  let found = linesOf.get(name(agent, key));
  if (!found) linesOf.set(name(agent, key), (found = { last: Promise.resolve() }));
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
  const body = toBody(key, draft);
  if (leaving && JSON.stringify(body).length > LAST_MAX) return;
  try {
    await (pushed ? request('PUT', `/drafts/${key}${isKnown(draft) ? '?known=true' : ''}`, body, leaving) : request('DELETE', `/drafts/${key}`, undefined, leaving));
  } catch (error) {
    // It is safe in this browser. A refusal will not become better; silence may.
    if (isUncertain(error)) pushSoon(agent, key, AGAIN_MS);
    else if (!(error instanceof Problem)) throw error;
    else if (error.code === 'draft_finished') updateDraft(agent, key, (now) => finishedElsewhere(now, pushed));
    return;
  }
  put(agent, key, told(readDraft(agent, key), pushed));
  cache?.setQueryData(draftsOptions.queryKey, (list) => list && withDraft(list, key, pushed ? { key, body, updated_at: new Date().toISOString() } : null));
}

/** The list with this draft; its time stays, so that nobody reads anew what we have said ourselves. */
function withDraft(list: KeptDraft[], key: DraftKey, draft: KeptDraft | null): KeptDraft[] {
  const known = list.find((each) => each.key === key);
  const rest = list.filter((each) => each.key !== key);
  return draft ? [{ ...draft, updated_at: known?.updated_at ?? draft.updated_at }, ...rest] : rest;
}

/** Take in what the server has. What is written here and only here stays. */
export function pullDraft(agent: string, key: DraftKey): Promise<void> {
  const found = line(agent, key);
  return (found.last = found.last.then(async () => {
    try {
      const kept = await get<KeptDraft>(`/drafts/${key}`).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      });
      const draft = readDraft(agent, key);
      if (!isOnItsWay(draft)) updateDraft(agent, key, (old) => reconcile(old, kept && fromBody(key, kept.body)));
    } catch (error) {
      // Then the agent goes on with what this browser has; the next look brings it together.
      if (!isUncertain(error) && !(error instanceof Problem)) throw error;
    }
  }));
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

/** Keep a draft that is on screen in step with the agent's other browsers, unless it is being written here. */
export function useFollowDraft(agent: string, key: DraftKey, isWriting: () => boolean): void {
  const { data } = useQuery(draftsOptions);
  const stamp = data?.find((each) => each.key === key)?.updated_at;
  const known = data !== undefined;
  useEffect(() => {
    if (!agent || !known || (isWriting() && !isEmpty(readDraft(agent, key)))) return;
    if (stamp !== undefined || readDraft(agent, key).synced !== '') void pullDraft(agent, key);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asked at that moment only
  }, [agent, key, known, stamp]);
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
