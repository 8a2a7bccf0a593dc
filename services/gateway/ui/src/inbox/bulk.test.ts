import { describe, expect, it } from 'vitest';
import type { Conversation } from '@/api/types';
import { conversation } from '@/testing';
import { forEach } from './bulk';
import { reversal } from './bulkUndo';

const rows = Array.from({ length: 9 }, (_, n) => conversation({ id: `c${n}` }));

describe('a step for many', () => {
  it('is taken once for each, a few at a time, and tells how far it is', async () => {
    const taken: string[] = [];
    const told: number[] = [];
    let underWay = 0;
    let most = 0;
    const refused = await forEach(
      rows,
      async ({ id }) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await Promise.resolve();
        taken.push(id);
        underWay -= 1;
      },
      (done) => told.push(done),
    );
    expect(refused).toEqual([]);
    expect(taken.toSorted()).toEqual(rows.map(({ id }) => id));
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(4);
  });

  it('goes on after a refusal and says which', async () => {
    const no = new Error('closed already');
    const refused = await forEach(rows, ({ id }) => (id === 'c3' ? Promise.reject(no) : Promise.resolve()), () => undefined);
    expect(refused).toEqual([{ row: rows[3], error: no }]);
  });
});

describe('undoing a step', () => {
  const before = conversation({ assignee: 'ola', labels: ['vip'], unread: true });
  const back = (step: Parameters<typeof reversal>[2], now = before) => reversal(before, now, step);

  it('brings back only what the step changed', () => {
    expect(back({ name: 'labels/add', label: 'late' })).toEqual([{ name: 'labels/remove', label: 'late' }]);
    expect(back({ name: 'labels/add', label: 'vip' })).toEqual([]);
    expect(back({ name: 'labels/remove', label: 'vip' })).toEqual([{ name: 'labels/add', label: 'vip' }]);
    expect(back({ name: 'read' })).toEqual([{ name: 'unread' }]);
    expect(back({ name: 'unread' })).toEqual([]);
    expect(back({ name: 'close' })).toEqual([{ name: 'reopen', undo: true }]);
  });

  it('gives it back to whom it was taken from, unless somebody else has it since', () => {
    const step = { name: 'assign', assignee: 'jan' } as const;
    expect(back(step, { ...before, assignee: 'jan' })).toEqual([{ name: 'assign', assignee: 'ola' }]);
    expect(back(step, { ...before, assignee: 'ewa' })).toEqual([]);
    expect(back({ name: 'assign', assignee: 'ola' })).toEqual([]);
  });

  it('puts back what was reopened, unless somebody has decided since', () => {
    const [soon, gone] = [new Date(Date.now() + 60_000).toISOString(), new Date(Date.now() - 60_000).toISOString()];
    const reopened = (fields: Parameters<typeof conversation>[0], status: Conversation['status'] = 'open') =>
      reversal(conversation(fields), conversation({ status }), { name: 'reopen' });
    expect(reopened({ status: 'closed' })).toEqual([{ name: 'close', undo: true }]);
    expect(reopened({ status: 'archived' })).toEqual([{ name: 'archive' }]);
    expect(reopened({ status: 'snoozed', snoozed_until: soon })).toEqual([{ name: 'snooze', until: soon }]);
    expect(reopened({ status: 'snoozed', snoozed_until: gone })).toEqual([]);
    expect(reopened({ status: 'open' })).toEqual([]);
    expect(reopened({ status: 'closed' }, 'closed')).toEqual([]);
  });

  it('is not offered for what cannot be undone', () => {
    expect(back({ name: 'merge', into: 'c2' })).toBeUndefined();
  });
});
