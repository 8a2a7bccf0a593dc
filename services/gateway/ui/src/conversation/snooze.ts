/** When to wake up: presets as a person would say them. */
import { dayOf, momentOf, shownAt } from '@/app/zone';

export type Preset = 'hour' | 'afternoon' | 'tomorrow' | 'nextWeek';

const MORNING = '09:00';
const AFTERNOON = '15:00';

/** The presets that lie ahead of `now`, in order. "This afternoon" is offered until an hour before it. */
export function presets(now: Date, zone: string): { name: Preset; until: Date }[] {
  const at = (plusDays: number, time: string) => momentOf(new Date(`${dayOf(now, zone, plusDays)}T${time}Z`), zone);
  const afternoon = at(0, AFTERNOON);
  const toMonday = (8 - shownAt(now, zone).getUTCDay()) % 7 || 7;
  return [
    { name: 'hour' as const, until: new Date(now.getTime() + 3_600_000) },
    ...(afternoon.getTime() - now.getTime() > 3_600_000 ? [{ name: 'afternoon' as const, until: afternoon }] : []),
    { name: 'tomorrow' as const, until: at(1, MORNING) },
    { name: 'nextWeek' as const, until: at(toMonday, MORNING) },
  ];
}
