import { useQuery } from '@tanstack/react-query';
import { countsOptions } from '@/inbox/queries';
import { useWorks } from './roles';

/** How many conversations there are of each kind, for those who work with them. */
export function useCounts() {
  return useQuery({ ...countsOptions, enabled: useWorks() }).data;
}
