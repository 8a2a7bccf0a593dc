import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { Cards, Series } from '@/api/types';
import type { Days } from './range';

/** Beside the live stream: figures also change by what it does not tell, e.g. a rule of another service. */
const EVERY_MS = 15_000;

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function cardsOptions(days: Days) {
  return queryOptions({
    queryKey: ['reports', 'cards', days] as const,
    queryFn: ({ signal }) => get<Cards>('/reports/cards', { ...days, zone }, signal),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });
}

export function seriesOptions(days: Days) {
  return queryOptions({
    queryKey: ['reports', 'series', days] as const,
    queryFn: ({ signal }) => get<Series>('/reports/series', { ...days, zone }, signal),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });
}
