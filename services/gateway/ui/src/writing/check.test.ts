import { afterEach, expect, it, vi } from 'vitest';
import { Problem } from '@/api/client';
import { check } from './check';

const QUESTION = { text: 'teh', keep: [] };
const FOUND = { language: 'en-US', corrections: [] };

function server(...answers: [number, unknown][]) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (address: string, { method }: RequestInit) => {
    asked.push(`${method} ${address}`);
    const [status, body] = answers.shift() ?? [500, {}];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

const STARTING: [number, unknown] = [503, { code: 'starting', detail: '' }];

it('asks again once the corrector has started, and tells how far it is', async () => {
  const asked = server(
    STARTING,
    [200, { state: 'fetching', progress: 40 }],
    [200, { state: 'starting', progress: null }],
    [200, { state: 'ready', progress: null }],
    [200, FOUND],
  );
  const states: unknown[] = [];
  const found = await check(QUESTION, (state) => states.push([state.state, state.progress]), new AbortController().signal, 0);
  expect(found).toEqual(FOUND);
  expect(states).toEqual([['fetching', 40], ['starting', null]]);
  expect(asked.map((each) => each.split(' ')[0])).toEqual(['POST', 'GET', 'GET', 'GET', 'POST']);
});

it('gives up when the corrector could not be started', async () => {
  server(STARTING, [200, { state: 'off', progress: null }], [503, { code: 'corrector_unavailable', detail: '' }]);
  await expect(check(QUESTION, () => {}, new AbortController().signal, 0)).rejects.toThrowError(Problem);
});

it('stops when nobody waits any more', async () => {
  const control = new AbortController();
  server(STARTING, [200, { state: 'starting', progress: null }]);
  const waiting = check(QUESTION, () => control.abort(), control.signal, 0);
  await expect(waiting).rejects.toThrow();
});
