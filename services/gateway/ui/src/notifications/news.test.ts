import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Conversation, LiveEvent } from '@/api/types';
import { conversation, event } from '@/testing';
import { concerns, gather, newsOf } from './news';
import { Notifier } from './Notifier';

const ME = 'me';
const assigned = (assignee: string | null, actor_id = 'ola') => event({ type: 'conversation.assigned', actor_kind: 'agent', actor_id, assignee });
const noted = (mentions: string[], actor_id = 'ola') => event({ type: 'conversation.note_added', actor_kind: 'agent', actor_id, mentions });

describe('newsOf', () => {
  it('knows what may be news', () => {
    expect(newsOf(event(), ME)).toEqual({ kind: 'message', conversationId: 'c1', actorId: null });
    expect(newsOf(assigned(ME), ME)?.kind).toBe('assigned');
    expect(newsOf(noted(['joao', ME]), ME)).toEqual({ kind: 'mention', conversationId: 'c1', actorId: 'ola' });
  });

  it('knows whose message did not get through', () => {
    const changed = (fields: Partial<LiveEvent>) => event({ type: 'conversation.delivery_changed', actor_kind: 'system', agent_id: 'ola', ...fields });
    expect(newsOf(changed({ undelivered: 'bounced' }), ME)).toEqual({ kind: 'undelivered', conversationId: 'c1', actorId: 'ola', delivery: 'bounced' });
    expect(newsOf(changed({}), ME)).toBeNull(); // sent, delivered, read; or nobody's message
  });

  it('knows a bad rating', () => {
    const rated = (score: number, type = 'rated') => event({ type: `conversation.${type}`, score });
    expect(newsOf(rated(2), ME)).toEqual({ kind: 'badRating', conversationId: 'c1', actorId: null, score: 2 });
    expect(newsOf(rated(1, 'rating_absorbed'), ME)?.kind).toBe('badRating');
    expect(newsOf(rated(3), ME)).toBeNull();
  });

  it('knows whose snooze is over', () => {
    const woken = (woken_for?: string) => newsOf(event({ type: 'conversation.reopened', actor_kind: 'system', woken_for }), ME);
    expect(woken(ME)).toEqual({ kind: 'woken', conversationId: 'c1', actorId: null });
    expect(woken('joao')).toBeNull();
    expect(woken()).toBeNull(); // a customer wrote, or somebody reopened it
    expect(concerns(woken(ME)!, conversation({ assignee: null }), ME)).toBe(true);
  });

  it('is silent about what others are told, about other events, and about one’s own doing', () => {
    for (const each of [assigned('joao'), assigned(null), noted(['joao']), noted([]), event({ type: 'conversation.closed' })]) {
      expect(newsOf(each, ME)).toBeNull();
    }
    expect(newsOf(assigned(ME, ME), ME)).toBeNull(); // taken, or served
    expect(newsOf(noted([ME], ME), ME)).toBeNull();
    expect(newsOf(event({ type: 'conversation.replied', actor_kind: 'agent' }), ME)).toBeNull();
  });
});

describe('concerns', () => {
  const message = { kind: 'message', conversationId: 'c1', actorId: null } as const;

  it('tells of a customer’s words the assignee and followers only', () => {
    expect(concerns(message, conversation({ assignee: ME }), ME)).toBe(true);
    expect(concerns(message, conversation({ followers: ['joao', ME] }), ME)).toBe(true);
    expect(concerns(message, conversation({ assignee: 'joao', followers: ['ola'] }), ME)).toBe(false);
    expect(concerns(message, conversation(), ME)).toBe(false);
  });

  it('tells of a lost message its author as well', () => {
    const lost = { kind: 'undelivered', conversationId: 'c1', actorId: ME } as const;
    expect(concerns(lost, conversation({ assignee: 'joao' }), ME)).toBe(true);
    expect(concerns({ ...lost, actorId: 'ola' }, conversation({ assignee: ME }), ME)).toBe(true);
    expect(concerns({ ...lost, actorId: 'ola' }, conversation({ assignee: 'joao' }), ME)).toBe(false);
  });

  it('tells of a bad rating the assignee and followers, where the conversation goes on', () => {
    const bad = { ...message, kind: 'badRating' } as const;
    expect(concerns(bad, conversation({ assignee: ME, status: 'closed' }), ME)).toBe(true);
    expect(concerns(bad, conversation({ followers: [ME] }), ME)).toBe(true);
    expect(concerns(bad, conversation({ assignee: 'joao' }), ME)).toBe(false);
    expect(concerns(bad, conversation({ assignee: ME, merged_into: 'c2' }), ME)).toBe(false);
  });

  it('tells of a mention whose ever the conversation is', () => {
    expect(concerns({ ...message, kind: 'mention' }, conversation({ assignee: 'joao' }), ME)).toBe(true);
  });
});

it('a conversation is told of once, by what weighs most', () => {
  const news = (kind: 'message' | 'assigned' | 'mention', conversationId: string) => ({ kind, conversationId, actorId: null });
  expect(gather([news('mention', 'a'), news('message', 'a'), news('message', 'b'), news('assigned', 'b')])).toEqual([news('mention', 'a'), news('assigned', 'b')]);
});

describe('Notifier', () => {
  let rows: Record<string, Conversation>;
  let watched: string | null;
  const sound = vi.fn();
  const show = vi.fn();
  const showMany = vi.fn();
  const notifiers: Notifier[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    [sound, show, showMany].forEach((each) => each.mockReset());
    vi.stubGlobal('BroadcastChannel', Channel);
    rows = {};
    watched = null;
  });
  afterEach(() => {
    notifiers.splice(0).forEach((each) => each.end());
    Channel.open.clear();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  class Channel {
    static readonly open = new Set<Channel>();
    onmessage: ((event: MessageEvent) => void) | null = null;
    constructor() {
      Channel.open.add(this);
    }
    postMessage(data: unknown) {
      for (const each of Channel.open) if (each !== this) each.onmessage?.(new MessageEvent('message', { data }));
    }
    close() {
      Channel.open.delete(this);
    }
  }

  function tab(looksAt: () => string | null = () => watched): Notifier {
    const notifier = new Notifier({ me: ME, watched: looksAt, read: async (id) => rows[id] ?? null, sound, show, showMany, now: Date.now });
    notifiers.push(notifier);
    return notifier;
  }

  function messageIn(id: string, fields: Partial<Conversation> = { assignee: ME }): LiveEvent {
    rows[id] = conversation({ id, ...fields });
    return event({ conversation_id: id });
  }

  const shown = () => show.mock.calls.flatMap(([items]) => (items as { row: Conversation }[]).map((each) => each.row.id));

  it('makes one sound for a flood, and one notification for many conversations', async () => {
    const notifier = tab();
    for (let n = 0; n < 30; n += 1) notifier.take(messageIn(`c${n % 6}`));
    await vi.advanceTimersByTimeAsync(1000);
    const many = showMany.mock.calls.map(([items]) => (items as unknown[]).length);
    expect([sound.mock.calls.length, show.mock.calls.length, many]).toEqual([1, 0, [6]]);
    notifier.take(messageIn('c1'));
    await vi.advanceTimersByTimeAsync(1000);
    expect([sound.mock.calls.length, shown()]).toEqual([1, ['c1']]);
    await vi.advanceTimersByTimeAsync(3000);
    notifier.take(messageIn('c1'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(sound).toHaveBeenCalledTimes(2);
  });

  it('says nothing of other people’s conversations', async () => {
    const notifier = tab();
    notifier.take(messageIn('c1', { assignee: 'ola' }));
    notifier.take(event({ conversation_id: 'gone' }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(sound).not.toHaveBeenCalled();
    expect(show).not.toHaveBeenCalled();
  });

  it('says nothing of the conversation that somebody looks at, here or in another tab', async () => {
    const [front, back] = [tab(() => 'c1'), tab(() => null)];
    for (const each of [messageIn('c1'), messageIn('c2')]) {
      back.take(each);
      front.take(each);
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown()).toEqual(['c2', 'c2']);
    sound.mockReset();
    watched = 'c1';
    const again = tab();
    again.take(messageIn('c1'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(sound).not.toHaveBeenCalled();
  });
});
