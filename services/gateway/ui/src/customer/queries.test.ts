import { QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, it, vi } from 'vitest';
import { makeClient } from '@/app/queryClient';
import { conversation } from '@/testing';
import { conversationsOptions } from './queries';

afterEach(() => vi.unstubAllGlobals());

it('the conversations of a customer are read anew for a panel that did not hear what happened', async () => {
  const known = conversation({ id: 'c2', customer_id: 'p1' });
  let items = [known];
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items, next: null, incomplete: false }), { status: 200 }));
  const client = makeClient();
  const options = conversationsOptions(known);
  const shown = () => client.getQueryData(options.queryKey)?.items.map((each) => each.merged_into);
  const open = () => new QueryObserver(client, options).subscribe(() => undefined);

  const close = open();
  await vi.waitFor(() => expect(shown()).toEqual([null]));
  close();
  items = [{ ...known, merged_into: 'c1' }];
  open();
  await vi.waitFor(() => expect(shown()).toEqual(['c1']));
  client.clear();
});
