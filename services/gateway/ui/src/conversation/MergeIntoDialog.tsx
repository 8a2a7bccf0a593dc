import '@mantine/core/styles/RadioCard.css';
import '@mantine/core/styles/RadioIndicator.css';
import '@mantine/core/styles/Radio.css';
import { Button, Group, Modal, Radio, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconArrowDown, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { Conversation, ConversationPage } from '@/api/types';
import { useFormat } from '@/app/format';
import { ChannelIcon, contactName } from '@/app/people';
import { problemText } from '@/app/problems';
import { ErrorState } from '@/app/states';
import { mergeInto } from './commands';
import classes from './MergeIntoDialog.module.css';
import { StatusWord } from './StatusWord';

const SHOWN = 20;

/** Where a conversation goes on. Only those of the same inbox can be merged, so only they are offered. */
export default function MergeIntoDialog({ row, onClose }: { row: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const [into, setInto] = useState<Conversation>();
  const [busy, setBusy] = useState(false);
  const search = { account: [row.account], limit: SHOWN };
  const { data, error, refetch } = useQuery({
    queryKey: ['conversations', 'merge', row.id, q] as const,
    queryFn: ({ signal }) => get<ConversationPage>('/conversations', { ...search, ...(q ? { q } : customerOf(row)) }, signal),
    placeholderData: keepPreviousData,
  });
  const offered = data?.items.filter((each) => each.id !== row.id && each.merged_into === null);
  const merge = async () => {
    if (!into) return;
    setBusy(true);
    try {
      await mergeInto(client, row, into.id);
      onClose(); // the conversation on screen follows by itself
    } catch (refused) {
      notifications.show({ color: 'red', title: t('failed.merge'), message: problemText(t, refused), autoClose: 10_000 });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t('mergeInto.title', { number: row.number })} size={560} closeButtonProps={{ 'aria-label': t('close') }}>
      <TextInput data-autofocus leftSection={<IconSearch size={15} />} value={text} onChange={(event) => setText(event.currentTarget.value)} placeholder={t('mergeInto.search')} aria-label={t('mergeInto.search')} />
      {error && !data ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      <Radio.Group value={into?.id ?? ''} onChange={(id) => setInto(offered?.find((each) => each.id === id))} label={t(q ? 'mergeInto.found' : 'mergeInto.same')} classNames={{ label: classes.label }}>
        <div className={`${classes.rows} n-scroll`}>
          {offered?.map((each) => (
            <Radio.Card key={each.id} value={each.id} className={classes.row} aria-label={nameOf(each, t('list.noSubject'))}>
              <Radio.Indicator />
              <Facts row={each} />
            </Radio.Card>
          ))}
          {offered?.length === 0 ? <p className={classes.none}>{t(q ? 'list.noMatch' : 'mergeInto.none')}</p> : null}
        </div>
      </Radio.Group>
      {into ? <Outcome row={row} into={into} /> : null}
      <Group justify="flex-end" mt="md">
        <Button disabled={!into} loading={busy} onClick={() => void merge()}>
          {t('merge.submit', { number: into?.number ?? '…' })}
        </Button>
      </Group>
    </Modal>
  );
}

function customerOf(row: Conversation): { customer: string[] } | { q: string } {
  return row.customer_id ? { customer: [row.customer_id] } : { q: row.contact.value };
}

function nameOf(row: Conversation, none: string): string {
  return `#${row.number} ${row.subject || none}`;
}

/** Both of them, and what will become of them. */
function Outcome({ row, into }: { row: Conversation; into: Conversation }) {
  const { t } = useTranslation();
  const differ = (row.customer_id ?? row.contact.value) !== (into.customer_id ?? into.contact.value);
  return (
    <div className={classes.outcome}>
      <span className={classes.dim}>{t('mergeInto.this')}</span>
      <Facts row={row} />
      <IconArrowDown size={16} aria-hidden />
      <span className={classes.dim}>{t('mergeInto.goesOn')}</span>
      <Facts row={into} />
      <p>{t('mergeInto.will', { from: row.number, to: into.number })}</p>
      {differ ? (
        <p className={classes.warning}>
          <IconAlertTriangle size={16} stroke={1.7} aria-hidden /> {t('merge.differ')}
        </p>
      ) : null}
    </div>
  );
}

function Facts({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
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
      </span>
    </span>
  );
}
