import '@mantine/dates/styles.css';
import { Button, Group, Modal } from '@mantine/core';
import { DatePicker, TimeInput } from '@mantine/dates';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DateTexts, isoDay, useCalendarLabels } from '@/app/DateTexts';
import { useFormat } from '@/app/format';

/** Choose a day and a time to wake up. */
export default function TimeDialog({ onClose, onPick }: { onClose: () => void; onPick: (until: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const labels = useCalendarLabels();
  const [day, setDay] = useState<string | null>(isoDay(new Date(Date.now() + 24 * 3600_000)));
  const [time, setTime] = useState('09:00');
  const until = day && time ? new Date(`${day}T${time}`) : null;
  const ahead = until !== null && until.getTime() > Date.now();
  return (
    <Modal opened onClose={onClose} title={t('snooze.own')} size="auto" closeButtonProps={{ 'aria-label': t('close') }}>
      <DateTexts>
        <DatePicker ariaLabels={labels} value={day} onChange={setDay} minDate={isoDay(new Date())} />
      </DateTexts>
      <TimeInput label={t('snooze.time')} mt="sm" value={time} onChange={(event) => setTime(event.currentTarget.value)} error={until && !ahead ? t('problem.snooze_in_the_past') : null} />
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
