import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { listOptions } from '@/inbox/queries';
import { START } from '@/inbox/rows';
import { conversation } from '@/testing';
import { listed } from './queries';

it('a conversation is known from the lists that show it, by its newest row', () => {
  const client = new QueryClient();
  const show = (assignee: string, ...items: ReturnType<typeof conversation>[]) =>
    client.setQueryData(listOptions({ assignee }).queryKey, { pages: [{ items, next: null, incomplete: false }], pageParams: [START] });
  expect(listed(client, 'c1')).toBeUndefined();
  show('me', conversation({ id: 'c0' }), conversation({ sequence: 3 }));
  show('none', conversation({ sequence: 7 }));
  expect(listed(client, 'c1')?.sequence).toBe(7);
  expect(listed(client, 'c2')).toBeUndefined();
});
