import 'dayjs/locale/en-gb';
import 'dayjs/locale/pl';
import 'dayjs/locale/pt-br';
import 'dayjs/locale/tr';
import { DatesProvider } from '@mantine/dates';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** Calendars in the agent's language; the week starts as it does there. */
export function DateTexts({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const locale = i18n.language.toLowerCase();
  return <DatesProvider settings={{ locale, firstDayOfWeek: locale === 'pt-br' ? 0 : 1 }}>{children}</DatesProvider>;
}

/** The calendar day of a moment where the agent is: "2026-10-23". */
export function isoDay(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
