import { act, createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer, useShowing, type Whereabouts } from './here';

describe('Announcer', () => {
  let told: Whereabouts[];
  let answer: () => Promise<unknown>;
  let announcer: Announcer;

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    answer = () => Promise.resolve();
    announcer = new Announcer((where) => {
      told.push(where);
      return answer();
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const at = (conversation_id: string | null, typing = false): Whereabouts => ({ conversation_id, typing });

  it('tells where somebody stays, not what they passed by', async () => {
    ['c1', 'c2', 'c3'].forEach((id) => announcer.show(id));
    await pass(300);
    expect(told).toEqual([at('c3')]);
  });

  it('says it again while somebody stays, and nothing more when they have left', async () => {
    announcer.show('c1');
    await pass(20_300);
    expect(told).toEqual([at('c1'), at('c1'), at('c1')]);
    announcer.show(null);
    await pass(30_000);
    expect(told.slice(3)).toEqual([at(null)]);
  });

  it('tells at once when an answer is begun and soon after it is left', async () => {
    announcer.show('c1');
    await pass(300);
    announcer.typed('c1');
    await pass(3_000);
    announcer.typed('c1');
    await pass(3_000);
    expect(told).toEqual([at('c1'), at('c1', true)]);
    await pass(2_500);
    expect(told.at(-1)).toEqual(at('c1'));
    announcer.typed('c2'); // a word about a conversation that is not open any more
    await pass(10);
    expect(told).toHaveLength(3);
  });

  it('keeps the words in order when the network is slow', async () => {
    let arrive = () => {};
    answer = () => new Promise<void>((resolve) => (arrive = resolve));
    announcer.show('c1');
    await pass(300);
    announcer.typed('c1');
    announcer.stop();
    announcer.typed('c1');
    await pass(10);
    expect(told).toEqual([at('c1')]);
    arrive();
    await pass(10);
    expect(told).toEqual([at('c1'), at('c1', true)]);
  });

  it('tries again when it was not heard, and when the stream begins anew', async () => {
    answer = () => Promise.reject(new TypeError('offline'));
    announcer.show('c1');
    await pass(300);
    answer = () => Promise.resolve();
    await pass(10_000);
    expect(told).toEqual([at('c1'), at('c1')]);
    announcer.again();
    await pass(10);
    expect(told).toHaveLength(3);
  });

  it('leaves when the tab is hidden and comes back with it', async () => {
    announcer.show('c1');
    await pass(300);
    announcer.setHidden(true);
    await pass(30_000);
    announcer.setHidden(false);
    await pass(10);
    expect(told).toEqual([at('c1'), at(null), at('c1')]);
  });
});

it('a tab that was opened in the background is nowhere until it is looked at', async () => {
  vi.useFakeTimers();
  const posted = vi.fn(async () => new Response(null, { status: 204 }));
  const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('fetch', posted);
  const root = createRoot(document.createElement('div'));
  const Showing = () => {
    useShowing('c1');
    return null;
  };
  act(() => root.render(createElement(Showing)));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(posted).not.toHaveBeenCalled();
  visibility.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(10);
  expect(posted).toHaveBeenCalledTimes(1);
  act(() => root.unmount());
  visibility.mockRestore();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
