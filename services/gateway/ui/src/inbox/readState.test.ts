import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { conversationOptions, refreshRow, spread } from '@/conversation/queries';
import { conversation } from '@/testing';
import { setUnread } from './readState';

const ROW = conversation({ unread: true, sequence: 3 });

describe('setUnread', () => {
  let client: QueryClient;
  let stored = ROW;
  let answers: Record<'GET' | 'POST', (() => void)[]>;

  beforeEach(() => {
    client = new QueryClient();
    stored = ROW;
    answers = { GET: [], POST: [] };
    spread(client, ROW);
    vi.stubGlobal('fetch', (_: string, { method }: { method: 'GET' | 'POST' }) => new Promise((resolve) => {
      const now = stored; // what the server knows when it is asked
      answers[method].push(() => resolve(new Response(method === 'GET' ? JSON.stringify(now) : null, { status: method === 'GET' ? 200 : 204 })));
    })); // prettier-ignore
  });
  afterEach(() => vi.unstubAllGlobals());

  const unread = () => client.getQueryData(conversationOptions('c1').queryKey)?.unread;
  const answer = (method: 'GET' | 'POST') => vi.waitFor(() => {
    const next = answers[method].shift();
    if (!next) throw new Error(`no ${method}`);
    next();
  }); // prettier-ignore

  it('shows it at once and again after an answer that did not know of it', async () => {
    const reading = refreshRow(client, 'c1');
    const setting = setUnread(client, ROW, false);
    expect(unread()).toBe(false);
    await answer('GET');
    await reading;
    expect(unread()).toBe(true);
    stored = { ...ROW, unread: false };
    await answer('POST');
    await answer('GET');
    await setting;
    expect(unread()).toBe(false);
  });

  it('does not believe an answer that was asked for before and comes after', async () => {
    const reading = refreshRow(client, 'c1');
    const setting = setUnread(client, ROW, false);
    stored = { ...ROW, unread: false };
    await answer('POST');
    await setting;
    await answer('GET');
    await answer('GET');
    await reading;
    expect(unread()).toBe(false);
  });
});
