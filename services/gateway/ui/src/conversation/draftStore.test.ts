import { notifications } from '@mantine/notifications';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { flushDrafts, forgetDrafts, readDraft, updateDraft } from './draftStore';

const told = vi.fn();
let refuse: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  told.mockReset();
  refuse = false;
  vi.stubGlobal('fetch', async (address: string, { method, body }: RequestInit) => {
    told(method, address, body);
    return refuse ? new Response('{"code":"forbidden"}', { status: 403 }) : new Response(null, { status: 204 });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const write = (key: string, text: string) => updateDraft('ann', key, (draft) => ({ ...draft, text }));

it('goes on where the browser has no room: the page and the server have it, and the agent is told once', async () => {
  const warning = vi.spyOn(notifications, 'show').mockReturnValue('');
  const full = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  vi.stubGlobal('localStorage', Object.create({ getItem: () => null, setItem: full, removeItem: () => undefined }));
  write('c1', 'H');
  write('c1', 'Hello');
  expect(readDraft('ann', 'c1').text).toBe('Hello');
  await vi.advanceTimersByTimeAsync(200);
  expect(told.mock.calls.map(([method, address]) => [method, address])).toEqual([['PUT', '/api/drafts/c1']]);
  expect(told.mock.calls[0]?.[2]).toContain('Hello');
  expect(warning).toHaveBeenCalledTimes(1);
});

it('leaves nothing in the browser that the server has when the agent signs out', async () => {
  write('c2', 'A secret');
  await flushDrafts('ann');
  refuse = true;
  write('c3', 'Not taken');
  await flushDrafts('ann');
  forgetDrafts('ann');
  const kept = JSON.stringify(Object.entries(localStorage));
  expect([kept.includes('A secret'), kept.includes('Not taken')]).toEqual([false, true]);
  expect([readDraft('ann', 'c2').text, readDraft('ann', 'c3').text]).toEqual(['', 'Not taken']);
});
