import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { Cards, Series } from '@/api/types';
import type { Days } from './range';

/** Beside the live stream: figures also change by what it does not tell, e.g. a rule of another service. */
const EVERY_MS = 15_000;

export function cardsOptions(days: Days, zone: string) {
  return queryOptions({
    queryKey: ['reports', 'cards', days, zone] as const,
    queryFn: ({ signal }) => get<Cards>('/reports/cards', { ...days, zone }, signal),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });
}

export function seriesOptions(days: Days, zone: string) {
  return queryOptions({
    queryKey: ['reports', 'series', days, zone] as const,
    queryFn: ({ signal }) => get<Series>('/reports/series', { ...days, zone }, signal),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });
}
