/**
 * The live stream: what happened elsewhere becomes what is on this screen.
 *
 * The stream says what changed, never the content; content is read through the API. It resumes exactly where it
 * broke off, so nothing is missed; an event that comes twice is known by its id.
 */
import type { QueryClient } from '@tanstack/react-query';
import type { HereState, LiveEvent, Mine } from '@/api/types';
import { announcer, forgetHere, hereToldBy, presentHere, sitAt } from '@/personal/here';
import { createStore } from '@/personal/store';
import { TAB } from '@/personal/tab';
import { LiveCache } from './cache';
import type { Word } from './stream';
import { type Connection, type Present, Tabs } from './tabs';

export { onLive } from './cache';
export type { Connection } from './tabs';

const connection = createStore<Connection>('connecting');

export const useConnection = connection.use;
export const currentConnection = connection.get;

/** Follow the stream until the returned function is called. */
export function follow(client: QueryClient): () => void {
  const cache = new LiveCache(client);
  let place: string | undefined;
  let begun = false;

  const begin = (at: string, here: readonly HereState[], anew = false) => {
    // What was read before the stream began may lack what happened in between.
    if (anew || !begun) void cache.readAnew();
    begun = true;
    place = at || place;
    connection.set('live');
    forgetHere(); // the present follows
    here.forEach(hereToldBy);
    announcer.again();
  };
  const hear = ({ name, id, data }: Word) => {
    if (name === 'ready' || name === 'reset') return begin(id, [], name === 'reset');
    // What has no id leaves the place as it is.
    place = id || place;
    if (name === 'message') cache.take(JSON.parse(data) as LiveEvent);
    else if (name === 'here') hereToldBy(JSON.parse(data) as HereState);
    else if (name === 'mine') cache.takeMine(JSON.parse(data) as Mine);
  };
  const join = (present: Present) => {
    if (!begun && present.place && present.connection === 'live') begin(present.place, present.here);
    else connection.set(present.connection);
  };

  const tabs = new Tabs({
    present: () => ({ connection: connection.get(), place, here: presentHere() }),
    hear,
    join,
    named: (name) => {
      sitAt(name || TAB);
      if (!name) announcer.again();
    },
    connection: connection.set,
  });
  const online = () => tabs.reopen();
  const offline = () => connection.set('reconnecting');
  addEventListener('online', online);
  addEventListener('offline', offline);
  return () => {
    removeEventListener('online', online);
    removeEventListener('offline', offline);
    cache.stop();
    tabs.end();
    forgetHere();
    connection.set('connecting');
  };
}
