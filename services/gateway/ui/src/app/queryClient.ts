import { QueryClient } from '@tanstack/react-query';
import { isUncertain } from '@/api/client';

/** Server state. The live stream says when something is stale, so time alone does not make it so. */
export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        networkMode: 'always', // a server on this machine is there without a network
        refetchOnWindowFocus: false,
        retry: (failures, error) => isUncertain(error) && failures < 4,
        retryDelay: (failures) => Math.min(500 * 2 ** failures, 4000),
      },
      mutations: { networkMode: 'always' },
    },
  });
}
