/** When to wake up: presets as a person would say them. */

export type Preset = 'hour' | 'afternoon' | 'tomorrow' | 'nextWeek';

const MORNING = 9;
const AFTERNOON = 15;

function at(day: Date, plusDays: number, hour: number): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + plusDays, hour);
}

/** The presets that lie ahead of `now`, in order. "This afternoon" is offered until an hour before it. */
export function presets(now: Date): { name: Preset; until: Date }[] {
  const afternoon = at(now, 0, AFTERNOON);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: 'hour' as const, until: new Date(now.getTime() + 3_600_000) },
    ...(afternoon.getTime() - now.getTime() > 3_600_000 ? [{ name: 'afternoon' as const, until: afternoon }] : []),
    { name: 'tomorrow' as const, until: at(now, 1, MORNING) },
    { name: 'nextWeek' as const, until: at(now, toMonday, MORNING) },
  ];
}
