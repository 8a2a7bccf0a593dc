import { describe, expect, it } from 'vitest';
import type { MessageItem, SystemItem } from '@/api/types';
import { message, note, system } from '@/testing';
import { type Entry, entriesOf, firstToRead, firstUnseen, isNews, newestNews, newsBehind, worthShowing } from './entries';
import { itemKey } from './timeline';

const at = (second: number) => new Date(Date.UTC(2026, 10, 2, 10, 0, second)).toISOString();
const line = (sequence: number, second: number, fields: Partial<SystemItem> = {}) => ({ ...system(sequence, at(second)), ...fields });
const mail = (id: string, sequence: number, second: number, fields: Partial<MessageItem> = {}) => message({ id, sequence, at: at(second), ...fields });
const shape = (entries: readonly Entry[]) => entries.map((entry) => (entry.kind === 'lines' ? entry.lines.length : entry.kind));

describe('quiet lines', () => {
  it('of one actor within a minute of the first are one group', () => {
    expect(shape(entriesOf([line(1, 0), line(2, 30), line(3, 60), line(4, 61)], 'UTC'))).toEqual(['day', 3, 1]);
  });

  it('of different actors, or with something said between them, are not', () => {
    const rule = line(2, 1, { actor_kind: 'rule', actor_id: 'r1' });
    expect(shape(entriesOf([line(1, 0), rule, line(3, 2)], 'UTC'))).toEqual(['day', 1, 1, 1]);
    expect(shape(entriesOf([line(1, 0), note('n', at(1)), line(3, 2)], 'UTC'))).toEqual(['day', 1, 'note', 1]);
  });

  it('have keys of their own where the histories of merged conversations have equal numbers', () => {
    const items = [line(3, 0, { type: 'assigned' }), line(3, 0, { type: 'label_added' }), line(3, 5, { type: 'label_added' })];
    expect(new Set(items.map(itemKey)).size).toBe(3);
    const keys = entriesOf([...items, mail('m', 3, 70), line(3, 200)], 'UTC').map((entry) => entry.key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('what makes a conversation unread', () => {
  it('is what was said last, or a line that somebody is told of', () => {
    const said = [mail('a', 1, 0), mail('b', 2, 1, { direction: 'outbound' }), line(3, 2, { type: 'label_added' })];
    expect(newestNews(said)?.sequence).toBe(2);
    const lost = [...said, line(4, 3, { type: 'delivery_changed' })];
    expect(newestNews(lost)?.sequence).toBe(4);
    expect(newestNews([...lost, note('n', at(4))])).toMatchObject({ id: 'n' }); // it may mention somebody
    const given = [...lost, line(5, 4, { type: 'assigned' }), line(6, 5, { type: 'closed' })];
    expect(newestNews(given)?.sequence).toBe(5);
    expect(newestNews([])).toBeUndefined();
  });
});

describe('what is worth showing', () => {
  it('is not said twice: what a card says has no line', () => {
    const sent = mail('m', 5, 10, { direction: 'outbound', rule_id: 'r1' });
    const lines = [line(5, 10, { type: 'auto_replied' }), line(6, 10, { type: 'label_added' }), line(7, 11, { type: 'auto_replied' })];
    expect(worthShowing([sent, ...lines]).map((item) => item.sequence)).toEqual([5, 6, 7]);
  });

  it('leaves out how an absorbed conversation ended', () => {
    const ended = [line(4, 10, { type: 'merged', data: { into: 'c1' } }), line(5, 10, { type: 'archived' }), line(9, 10, { type: 'absorbed', data: { absorbed: 'c2' } })];
    expect(worthShowing([line(2, 1, { type: 'archived' }), ...ended]).map((item) => (item as SystemItem).type)).toEqual(['archived', 'absorbed']);
    expect(worthShowing(ended, true)).toHaveLength(3);
  });

  it('leave out what came along with an absorbed conversation, whose own lines say it', () => {
    const own = [line(3, 5, { type: 'label_added', data: { label: 'vip' } }), line(4, 6, { type: 'follower_added' })];
    const taken = ['label_added', 'follower_added', 'participant_added', 'priority_changed', 'queue_changed', 'assigned'].map((type, n) => line(10 + n, 10, { type }));
    const items = [...own, line(9, 10, { type: 'absorbed', data: { absorbed: 'c2' } }), ...taken, line(16, 10, { type: 'reopened' }), line(17, 11, { type: 'label_added' })];
    const byRule = line(18, 10, { type: 'label_added', actor_kind: 'rule', actor_id: 'r1' });
    expect(worthShowing([...items, byRule]).map((item) => item.sequence)).toEqual([3, 4, 9, 16, 17, 18]);
  });
});

describe('days', () => {
  it('begin with a separator each', () => {
    const items = [mail('a', 1, 0), mail('b', 2, 10), mail('c', 3, 36 * 3600)];
    expect(shape(entriesOf(items, 'UTC'))).toEqual(['day', 'message', 'message', 'day', 'message']);
  });

  it('are those of the zone', () => {
    const items = [mail('a', 1, 0), mail('b', 2, 4 * 3600)]; // from 10:00 to 14:00 UTC
    expect(shape(entriesOf(items, 'Europe/Warsaw'))).toEqual(['day', 'message', 'message']);
    expect(shape(entriesOf(items, 'Pacific/Auckland'))).toEqual(['day', 'message', 'day', 'message']);
  });
});

describe('the divider', () => {
  const items = [mail('a', 2, 0), line(3, 1), note('n', at(2), 4), mail('b', 5, 3)];

  it('stands before the first thing that somebody else has said since', () => {
    expect(firstUnseen(items, 2, 'me')).toMatchObject({ id: 'n' });
    expect(firstUnseen(items, 2, 'a1')).toMatchObject({ id: 'b' }); // the note was their own
    expect(firstUnseen(items, 4, 'me')).toMatchObject({ id: 'b' });
    expect(shape(entriesOf(items, 'UTC', items[3]))).toEqual(['day', 'message', 1, 'note', 'new', 'message']);
  });

  it('is not there when all is seen, or when nothing ever was', () => {
    expect(firstUnseen(items, 5, 'me')).toBeUndefined();
    expect(firstUnseen(items, 0, 'me')).toBeUndefined();
  });
});

describe('a first visit', () => {
  const robot = (sequence: number) => mail('robot', sequence, sequence, { direction: 'outbound', automatic: 'auto_reply' });
  const answer = (sequence: number, fields: Partial<MessageItem> = {}) => mail('answer', sequence, sequence, { direction: 'outbound', agent_id: 'a1', ...fields });

  it('begins with the question, not with what a machine or a note said behind it', () => {
    const items = [line(1, 0), mail('a', 2, 2), robot(3), note('n', at(4), 4), mail('b', 5, 5)];
    expect(firstToRead(items, true)).toMatchObject({ id: 'a' });
  });

  it('begins behind the last answer by somebody of ours', () => {
    const items = [mail('a', 2, 2), answer(3), mail('b', 4, 4), mail('c', 5, 5), robot(6)];
    expect(firstToRead(items, true)).toMatchObject({ id: 'b' });
    expect(firstToRead(items, false)).toMatchObject({ id: 'b' });
    expect(firstToRead([mail('a', 2, 2), answer(3, { forwarded: 'forward' })], true)).toMatchObject({ id: 'a' });
  });

  it('begins at the end when all is answered, or when the question may lie further back', () => {
    expect(firstToRead([mail('a', 2, 2), answer(3)], true)).toBeUndefined();
    expect(firstToRead([mail('a', 2, 2), robot(3)], false)).toBeUndefined();
    expect(firstToRead([mail('lost', 2, 2, { automatic: 'bounce' })], true)).toBeUndefined();
  });
});

describe('news', () => {
  it('is what customers and colleagues say, not what machines of ours send', () => {
    expect(isNews(mail('a', 1, 0), 'me')).toBe(true);
    expect(isNews(mail('a', 1, 0, { direction: 'outbound', agent_id: 'a1' }), 'me')).toBe(true);
    expect(isNews(mail('a', 1, 0, { direction: 'outbound', agent_id: 'me' }), 'me')).toBe(false);
    expect(isNews(mail('a', 1, 0, { direction: 'outbound', agent_id: null, automatic: 'auto_reply' }), 'me')).toBe(false);
    expect(isNews(line(1, 0), 'me')).toBe(false);
  });

  it('counts from the last item that was on screen', () => {
    const items = [mail('a', 1, 0), mail('b', 2, 1), line(3, 2), mail('c', 4, 3)];
    expect(newsBehind(items, 'a', 'me').map(itemKey)).toEqual(['b', 'c']);
    expect(newsBehind(items, 'c', 'me')).toEqual([]);
    expect(newsBehind(items, 'gone', 'me')).toEqual([]);
  });
});
