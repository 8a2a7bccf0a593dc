import '@mantine/dates/styles.css';
import { Button, Group, Modal } from '@mantine/core';
import { DatePicker, TimeInput } from '@mantine/dates';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DateTexts, useCalendarLabels } from '@/app/DateTexts';
import { useFormat } from '@/app/format';
import { dayOf, HERE, momentOf, useZone } from '@/app/zone';

/** Choose a day and a time to wake up. */
export default function TimeDialog({ onClose, onPick }: { onClose: () => void; onPick: (until: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const zone = useZone();
  const labels = useCalendarLabels();
  const [day, setDay] = useState<string | null>(dayOf(new Date(), zone, 1));
  const [time, setTime] = useState('09:00');
  const until = day && time ? momentOf(new Date(`${day}T${time}Z`), zone) : null;
  const ahead = until !== null && until.getTime() > Date.now();
  return (
    <Modal opened onClose={onClose} title={t('snooze.own')} size="auto" closeButtonProps={{ 'aria-label': t('close') }}>
      <DateTexts>
        <DatePicker ariaLabels={labels} value={day} onChange={setDay} minDate={dayOf(new Date(), zone)} />
      </DateTexts>
      <TimeInput label={t('snooze.time')} description={zone === HERE ? null : zone} mt="sm" value={time} onChange={(event) => setTime(event.currentTarget.value)} error={until && !ahead ? t('problem.snooze_in_the_past') : null} />
      <Group justify="space-between" mt="lg" gap="xl">
        <span className="n-figures">{until ? format.soon(until) : ''}</span>
        <Button
          disabled={!ahead}
          onClick={() => {
            if (until) onPick(until.toISOString());
            onClose();
          }}
        >
          {t('action.snooze')}
        </Button>
      </Group>
    </Modal>
  );
}
