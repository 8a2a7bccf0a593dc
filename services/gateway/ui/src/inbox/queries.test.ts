import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { conversation } from '@/testing';
import { listOptions, openAt, PAGE } from './queries';
import { type From, pageAt, START } from './rows';

const ROWS = 100_000;

describe('a very long list', () => {
  const asked: string[] = [];
  let client: QueryClient;

  beforeEach(() => {
    asked.length = 0;
    client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    vi.stubGlobal('fetch', async (address: string) => {
      const query = new URL(address, 'http://inbox').searchParams;
      const at = Number(query.get('cursor') ?? 0);
      asked.push(query.get('cursor') ?? 'start');
      const items = Array.from({ length: Number(query.get('limit')) }, (_, n) => conversation({ id: `c${at + n}` }));
      return new Response(JSON.stringify({ items, next: at + PAGE < ROWS ? String(at + PAGE) : null, incomplete: false }), { status: 200 });
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  const scrolledDown = async (pages: number) => {
    const observer = new InfiniteQueryObserver(client, listOptions({}));
    const stop = observer.subscribe(() => undefined);
    await observer.refetch();
    for (let n = 0; n < pages; n += 1) await observer.fetchNextPage();
    return { observer, stop };
  };
  const kept = () => client.getQueryData(listOptions({}).queryKey);

  it('keeps a few pages of it, reads only those anew, and finds the way back', async () => {
    const { observer, stop } = await scrolledDown(30);
    expect(kept()?.pages).toHaveLength(6);
    expect(kept()?.pageParams[0]).toMatchObject({ page: 25, at: 2500 });

    asked.length = 0;
    await client.invalidateQueries({ queryKey: listOptions({}).queryKey });
    expect(asked).toEqual(['2500', '2600', '2700', '2800', '2900', '3000']);

    await observer.fetchPreviousPage();
    expect(kept()?.pages).toHaveLength(6);
    expect(kept()?.pageParams[0]).toMatchObject({ page: 24, at: 2400 });
    expect(kept()?.pages[0]?.items[0]?.id).toBe('c2400');
    stop();
  });

  it('opens a page far back without what lies between', async () => {
    const { observer, stop } = await scrolledDown(30);
    const first = (kept()?.pageParams[0] ?? START) as From;
    asked.length = 0;
    await openAt(client, {}, pageAt(first, 777));
    expect(asked).toEqual(['700']);
    expect(kept()?.pages[0]?.items[0]?.id).toBe('c700');
    await observer.fetchPreviousPage();
    await observer.fetchNextPage();
    expect(kept()?.pages.map((page) => page.items[0]?.id)).toEqual(['c600', 'c700', 'c800']);
    await openAt(client, {}, START);
    expect(observer.getCurrentResult().hasPreviousPage).toBe(false);
    stop();
  });
});
