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
  return <DatesProvider settings={{ locale, firstDayOfWeek: locale === 'pt-br' ? 0 : 1, weekendDays: [] }}>{children}</DatesProvider>;
}

/** What a screen reader says of a calendar's buttons. */
export function useCalendarLabels() {
  const { t } = useTranslation();
  return {
    previousMonth: t('calendar.previous'),
    nextMonth: t('calendar.next'),
    previousYear: t('calendar.previous'),
    nextYear: t('calendar.next'),
    previousDecade: t('calendar.previous'),
    nextDecade: t('calendar.next'),
  };
}
