import { afterEach, describe, expect, it, vi } from 'vitest';
import { command, isUncertain, parseProblem, Problem, Unreachable, url } from '@/api/client';
import { conversation } from '@/testing';
import { expected, undoing } from './commands';

afterEach(() => vi.unstubAllGlobals());

describe('command', () => {
  it('is sent again with the same id while its outcome is uncertain, and marked as our own request', async () => {
    const bodies: string[] = [];
    const answers = [() => Promise.reject(new TypeError('network')), () => new Response('', { status: 503 }), () => new Response(JSON.stringify({ conversation: conversation() }))];
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      bodies.push(String(init.body));
      expect(new Headers(init.headers).get('X-Nitka-Request')).toBe('1');
      return answers[bodies.length - 1]?.();
    });
    await command('c1', 'close', { command_id: 'x' }, [0, 0, 0]);
    expect(bodies).toEqual(Array(3).fill('{"command_id":"x"}'));
  });

  it('a refusal is final', async () => {
    const fetched = vi.fn(async () => new Response('{"code":"conversation_closed","detail":"It is closed."}', { status: 409 }));
    vi.stubGlobal('fetch', fetched);
    await expect(command('c1', 'reply', { command_id: 'x' }, [0])).rejects.toMatchObject({ status: 409, code: 'conversation_closed' });
    expect(fetched).toHaveBeenCalledTimes(1);
  });
});

describe('refusals', () => {
  it('are read from a problem document or named by their status', () => {
    expect(parseProblem(409, '{"code":"merged","detail":"Gone on."}')).toMatchObject({ code: 'merged', detail: 'Gone on.' });
    expect(parseProblem(502, '<html>')).toMatchObject({ code: 'http_502' });
    expect(parseProblem(500, '{}')).toMatchObject({ code: 'http_500' });
  });

  it('are uncertain only when nobody answered', () => {
    expect([new Unreachable(), new Problem(504, '', ''), new Problem(500, '', ''), new Problem(409, '', '')].map(isUncertain)).toEqual([true, true, false, false]);
  });
});

describe('url', () => {
  it('repeats lists and leaves out what is not set', () => {
    expect(url('/x', { a: ['1', '2 3'], b: undefined, c: '', d: 0 })).toBe('/api/x?a=1&a=2+3&d=0');
  });
});

describe('expected', () => {
  it('shows each action as the server will', () => {
    const row = conversation();
    expect(expected(row, { name: 'assign', assignee: 'a' }).assignee).toBe('a');
    expect(expected(row, { name: 'labels/add', label: 'x' }).labels).toEqual(['x']);
    expect(expected({ ...row, labels: ['x'] }, { name: 'labels/remove', label: 'x' }).labels).toEqual([]);
    expect(expected(row, { name: 'snooze', until: 't' })).toMatchObject({ status: 'snoozed', snoozed_until: 't' });
    expect(expected(row, { name: 'close' }).status).toBe('closed');
    expect(expected({ ...row, status: 'closed' }, { name: 'reopen' }).status).toBe('open');
    expect(expected(row, { name: 'archive' }).status).toBe('archived');
  });
});

describe('undoing', () => {
  const now = new Date('2026-11-02T10:00:00Z');
  const snoozed = (until: string) => conversation({ status: 'snoozed', snoozed_until: until });
  const later = '2026-11-03T08:00:00Z';
  const reopen = { name: 'reopen', undo: true };

  it('brings back what was open', () => {
    expect(undoing(conversation(), { name: 'close' }, now)).toEqual([reopen]);
    expect(undoing(conversation(), { name: 'snooze', until: later }, now)).toEqual([reopen]);
  });

  it('lets what was closed be closed again', () => {
    expect(undoing(conversation({ status: 'closed' }), { name: 'archive' }, now)).toEqual([reopen, { name: 'close', undo: true }]);
  });

  it('lets what was snoozed sleep on, unless its time is over', () => {
    expect(undoing(snoozed(later), { name: 'close' }, now)).toEqual([reopen, { name: 'snooze', until: later }]);
    expect(undoing(snoozed(later), { name: 'snooze', until: '2026-12-01T08:00:00Z' }, now)).toEqual([{ name: 'snooze', until: later }]);
    expect(undoing(snoozed('2026-11-02T09:59:00Z'), { name: 'close' }, now)).toEqual([reopen]);
  });
});
