import '@mantine/core/styles/RadioCard.css';
import '@mantine/core/styles/RadioIndicator.css';
import '@mantine/core/styles/Radio.css';
import { Button, Group, Modal, Radio } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { useFormat } from '@/app/format';
import { ChannelIcon, contactName } from '@/app/people';
import { StatusWord } from '@/conversation/StatusWord';
import classes from './MergeDialog.module.css';

interface Props {
  rows: readonly Conversation[];
  onMerge: (into: string) => void;
  onClose: () => void;
}

/** Which of the selected conversations stays; the oldest, if nobody says otherwise. */
export default function MergeDialog({ rows, onMerge, onClose }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const oldestFirst = rows.toSorted((a, b) => new Date(a.opened_at).getTime() - new Date(b.opened_at).getTime());
  const [into, setInto] = useState(oldestFirst[0]?.id ?? '');
  const target = rows.find((row) => row.id === into);
  const differ = new Set(rows.map((row) => row.customer_id ?? row.contact.value)).size > 1;
  return (
    <Modal opened onClose={onClose} title={t('merge.title')} size={540} closeButtonProps={{ 'aria-label': t('close') }}>
      <Radio.Group value={into} onChange={setInto} label={t('merge.text')} classNames={{ label: classes.question }}>
        <div className={`${classes.rows} n-scroll`}>
          {oldestFirst.map((row, index) => (
            <Radio.Card key={row.id} value={row.id} className={classes.row} aria-label={`#${row.number} ${row.subject || t('list.noSubject')}`}>
              <Radio.Indicator />
              <span className={classes.texts}>
                <span className={classes.head}>
                  <ChannelIcon channel={row.channel} />
                  <strong dir="auto" className="n-clip">{contactName(row.contact)}</strong>
                  <span className={classes.dim}>#{row.number}</span>
                  <StatusWord row={row} short />
                </span>
                <span dir="auto" className="n-clip">{row.subject || t('list.noSubject')}</span>
                <span className={classes.dim}>
                  {t('list.messages', { count: row.message_count })} · {t('merge.since', { date: format.date(row.opened_at) })}
                  {index === 0 ? ` · ${t('merge.oldest')}` : ''}
                </span>
              </span>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      {differ ? (
        <p className={classes.warning}>
          <IconAlertTriangle size={16} stroke={1.7} aria-hidden /> {t('merge.differ')}
        </p>
      ) : null}
      <Group justify="flex-end" mt="lg">
        <Button
          disabled={!target}
          onClick={() => {
            onClose();
            onMerge(into);
          }}
        >
          {t('merge.submit', { number: target?.number ?? '' })}
        </Button>
      </Group>
    </Modal>
  );
}
