/**
 * The live stream: what happened elsewhere becomes what is on this screen.
 *
 * The stream says what changed, never the content; content is read through the API. It resumes exactly where it
 * broke off, so nothing is missed; an event that comes twice is known by its id.
 */
import type { QueryClient } from '@tanstack/react-query';
import { get, Problem, url } from '@/api/client';
import type { HereState, LiveEvent, Mine } from '@/api/types';
import { announcer, forgetHere, hereToldBy } from '@/personal/here';
import { createStore } from '@/personal/store';
import { TAB } from '@/personal/tab';
import { LiveCache } from './cache';

export { onLive } from './cache';

export type Connection = 'connecting' | 'live' | 'reconnecting';

const connection = createStore<Connection>('connecting');

export const useConnection = connection.use;
export const currentConnection = connection.get;

const REOPEN_MS = [1000, 2000, 4000, 8000];

/** The server says something every ten seconds at least; a stream that is silent for so long is dead. */
const SILENCE_MS = 25_000;

/** Follow the stream until the returned function is called. */
export function follow(client: QueryClient): () => void {
  const cache = new LiveCache(client);
  let source: EventSource | undefined;
  let last: string | undefined;
  let failures = 0;
  let reopen: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  /** Something came: the stream lives, and goes on behind it when it breaks. */
  const heard = (event: MessageEvent<string>) => {
    // An event without an id repeats the last one.
    last = event.lastEventId || last;
    listenOn();
  };
  const listenOn = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      connection.set('reconnecting');
      open();
    }, SILENCE_MS);
  };
  const begin = (event: MessageEvent<string>) => {
    heard(event);
    failures = 0;
    connection.set('live');
    forgetHere(); // the present follows
    announcer.again();
  };
  const on = (name: string, act: (event: MessageEvent<string>) => void) => source?.addEventListener(name, act as EventListener);

  const open = () => {
    clearTimeout(reopen);
    source?.close();
    source = new EventSource(url('/live', { tab: TAB, after: last }));
    listenOn();
    on('ready', (event) => {
      // What was read before the stream began may lack what happened in between.
      if (last === undefined) void cache.readAnew();
      begin(event);
    });
    on('reset', (event) => {
      begin(event);
      void cache.readAnew();
    });
    on('message', (event) => {
      heard(event);
      cache.take(JSON.parse(event.data) as LiveEvent);
    });
    on('ping', heard);
    on('here', (event) => {
      heard(event);
      hereToldBy(JSON.parse(event.data) as HereState);
    });
    on('mine', (event) => {
      heard(event);
      cache.takeMine(JSON.parse(event.data) as Mine);
    });
    source.onerror = () => {
      connection.set('reconnecting');
      // The browser reconnects by itself unless it was refused; then we ask again, with our place.
      if (source?.readyState !== EventSource.CLOSED) return;
      reopen = setTimeout(() => void again(), REOPEN_MS[Math.min(failures, REOPEN_MS.length - 1)]);
      failures += 1;
    };
  };

  /** A refusal may mean that the session is over: the client then leads to the login. */
  const again = async () => {
    try {
      await get('/agents');
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return;
    }
    open();
  };

  const offline = () => connection.set('reconnecting');
  addEventListener('online', open);
  addEventListener('offline', offline);
  open();
  return () => {
    removeEventListener('online', open);
    removeEventListener('offline', offline);
    clearTimeout(reopen);
    clearTimeout(silence);
    cache.stop();
    source?.close();
    forgetHere();
    connection.set('connecting');
  };
}
