/** Who else has a conversation open, and telling the others what is open here. Passing news: nobody keeps it. */
import { useEffect } from 'react';
import type { HereAgent, HereState } from '@/api/types';
import { TAB } from './tab';
import { createStore } from './store';

const NOBODY: readonly HereAgent[] = [];
const here = createStore<ReadonlyMap<string, readonly HereAgent[]>>(new Map());

/** The live stream has told who else is in a conversation. */
export function hereToldBy(state: HereState): void {
  const next = new Map(here.get());
  if (state.agents.length > 0) next.set(state.conversation_id, state.agents);
  else next.delete(state.conversation_id);
  here.set(next);
}

/** A new stream tells the present; what the last one told may be over. */
export function forgetHere(): void {
  if (here.get().size > 0) here.set(new Map());
}

/** Who is where, as it is known here. */
export function presentHere(): HereState[] {
  return [...here.get()].map(([conversation_id, agents]) => ({ conversation_id, agents: [...agents] }));
}

/** The other agents who have this conversation open. */
export function useHere(conversationId: string): readonly HereAgent[] {
  return here.use().get(conversationId) ?? NOBODY;
}

export interface Whereabouts {
  conversation_id: string | null;
  typing: boolean;
}

const NOWHERE: Whereabouts = { conversation_id: null, typing: false };
const SETTLE_MS = 200;
const RENEW_MS = 10_000;
const TYPING_MS = 5_000;

/**
 * Tells where this tab is: soon after it changes, and again while it stays. One word at a time is on its way, so
 * that they arrive in order; one that is lost is made good by the next.
 */
export class Announcer {
  private now = NOWHERE;
  private told = NOWHERE;
  private hidden = false;
  private busy = false;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private renewing: ReturnType<typeof setInterval> | undefined;
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (where: Whereabouts) => Promise<unknown>) {}

  /** This conversation is on screen now, or none. Walking through a list quickly is told once, at its end. */
  show(conversationId: string | null): void {
    if (conversationId === this.now.conversation_id) return;
    clearTimeout(this.pause);
    this.now = { conversation_id: conversationId, typing: false };
    clearTimeout(this.settling);
    this.settling = setTimeout(() => void this.say(), SETTLE_MS);
  }

  /** An answer is being written in it: until nothing was typed for a while, or `stop`. */
  typed(conversationId: string): void {
    if (conversationId !== this.now.conversation_id) return;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.stop(), TYPING_MS);
    this.setTyping(true);
  }

  stop(): void {
    clearTimeout(this.pause);
    this.setTyping(false);
  }

  /** A tab that nobody sees looks at nothing. */
  setHidden(hidden: boolean): void {
    this.hidden = hidden;
    void this.say();
  }

  /** Tell it again: the stream has begun anew, and with it what the gateway knows of this tab. */
  again(): void {
    this.told = NOWHERE;
    void this.say();
  }

  get isSomewhere(): boolean {
    return this.told.conversation_id !== null;
  }

  private setTyping(typing: boolean): void {
    if (this.now.typing === typing) return;
    this.now = { ...this.now, typing };
    void this.say();
  }

  private get seen(): Whereabouts {
    return this.hidden ? NOWHERE : this.now;
  }

  private async say(renew = false): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (renew || !same(this.seen, this.told)) {
        renew = false;
        this.told = this.seen;
        await this.tell(this.told);
      }
    } catch {
      this.told = NOWHERE; // the network is away; the next renewal tells it
    } finally {
      this.busy = false;
    }
    clearInterval(this.renewing);
    if (this.seen.conversation_id !== null) this.renewing = setInterval(() => void this.say(true), RENEW_MS);
  }
}

function same(one: Whereabouts, other: Whereabouts): boolean {
  return one.conversation_id === other.conversation_id && one.typing === other.typing;
}

/** Under which name this tab is somewhere: that of its stream, with which it ends; else its own. */
let seat = TAB;

/** From now on it is somewhere under this name, and nowhere under the one before. */
export function sitAt(name: string): void {
  if (name === seat) return;
  if (announcer.isSomewhere) void post(NOWHERE).catch(() => undefined);
  seat = name;
}

/** `keepalive`: the word leaves although the page is being closed. Not our `change`: nothing of it is worth a message. */
function post(where: Whereabouts): Promise<Response> {
  return fetch('/api/here', {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json', 'X-Nitka-Request': '1', 'X-Nitka-Tab': seat },
    body: JSON.stringify(where),
  });
}

export const announcer = new Announcer(post);

/** Tell the others that this conversation is open here, as long as the component is shown. */
export function useShowing(conversationId: string): void {
  useEffect(() => {
    const onVisible = () => announcer.setHidden(document.visibilityState === 'hidden');
    onVisible(); // it may have been opened in the background
    announcer.show(conversationId);
    const onLeave = () => void post(NOWHERE).catch(() => undefined);
    document.addEventListener('visibilitychange', onVisible);
    addEventListener('pagehide', onLeave);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      removeEventListener('pagehide', onLeave);
      announcer.show(null);
    };
  }, [conversationId]);
}
