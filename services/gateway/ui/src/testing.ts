/** Small makers of API models for tests. */
import { newId } from './app/ids';
import type { Conversation, LiveEvent, MessageItem, NoteItem, SystemItem, Timeline, TimelineItem } from './api/types';

export function conversation(fields: Partial<Conversation> = {}): Conversation {
  return {
    id: 'c1',
    number: 1,
    channel: 'email',
    account: 'help@shop.example',
    status: 'open',
    subject: 'Where is my order?',
    contact: { kind: 'email', value: 'ann@example.com', name: 'Ann' },
    customer_id: null,
    assignee: null,
    labels: [],
    preview: '',
    message_count: 1,
    attachment_count: 0,
    opened_at: '2026-11-02T10:00:00Z',
    last_message_at: '2026-11-02T10:00:00Z',
    waiting_since: '2026-11-02T10:00:00Z',
    snoozed_until: null,
    rating: null,
    automatic: false,
    priority: 'normal',
    followers: [],
    mentioned: [],
    unread: false,
    undelivered: false,
    merged_into: null,
    sequence: 1,
    ...fields,
  };
}

export function note(id: string, at: string, sequence = 1): NoteItem {
  return { kind: 'note', id, at, sequence, agent_id: 'a1', text: id, mentions: [], attachments: [] };
}

export function message(fields: Partial<MessageItem> = {}): MessageItem {
  return {
    kind: 'message',
    id: 'm1',
    sequence: 1,
    at: '2026-11-02T10:00:00Z',
    direction: 'inbound',
    channel: 'email',
    author: { kind: 'email', value: 'ann@example.com', name: 'Ann' },
    agent_id: null,
    to: [],
    cc: [],
    bcc: [],
    subject: null,
    text: 'Hello',
    html: null,
    remote_content_blocked: false,
    attachments: [],
    truncated: false,
    automatic: null,
    delivery: null,
    delivery_reason: null,
    raw_url: null,
    undelivered_to: [],
    ...fields,
  };
}

export function system(sequence: number, at: string): SystemItem {
  return { kind: 'system', sequence, at, type: 'closed', actor_kind: 'agent', actor_id: 'a1', data: {} };
}

export function timeline(items: TimelineItem[], before: string | null = null): Timeline {
  return { conversation: conversation(), items, before, seen: 0, participants: [], reply: { to: [], cc: [] }, reply_all: { to: [], cc: [] }, aside: { to: [], cc: [] }, absorbed: [] };
}

export function event(fields: Partial<LiveEvent> = {}): LiveEvent {
  return {
    event_id: newId(),
    type: 'conversation.message_received',
    at: '2026-11-02T10:00:00Z',
    actor_kind: 'customer',
    conversation_id: 'c1',
    sequence: 2,
    ...fields,
  };
}
