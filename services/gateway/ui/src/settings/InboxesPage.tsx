import { ActionIcon, Switch, Textarea, TextInput } from '@mantine/core';
import { IconInbox, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/app/format';
import { ChannelIcon } from '@/app/people';
import { EmptyState, ErrorState } from '@/app/states';
import { useMayChange } from '@/app/roles';
import { HoursEditor } from './HoursEditor';
import { runs, short, weekdayName } from './hours';
import { type InboxSettings, inboxSettingsOptions, type OpeningHours, type SaveInbox, saveInbox } from './queries';
import { MailServers } from './MailServers';
import { ShopZone } from './ShopZone';
import { Editor, useChange } from './shared';
import classes from './shop.module.css';
import { SIGNERS, wrongIn } from './variables';

const KEYS = [['settings', 'inboxes'], ['inboxes']] as const;

/** The shop's inboxes: their names, stores and hours. */
export function InboxesPage() {
  const { t } = useTranslation();
  const mayChange = useMayChange();
  const { data: inboxes, error, refetch } = useQuery(inboxSettingsOptions);
  const [edited, setEdited] = useState<InboxSettings | null>(null);
  if (error && !inboxes) return <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <>
      <div className={classes.bar}>
        <p>{t('shop.inbox.text')}</p>
      </div>
      {inboxes?.length === 0 ? <EmptyState icon={<IconInbox size={30} stroke={1.4} />} title={t('shop.inbox.none')} text={t('shop.inbox.noneText')} /> : null}
      {inboxes && inboxes.length > 0 ? (
        <ul className={classes.rows}>
          {inboxes.map((inbox) => (
            <li key={inbox.account} className={classes.row}>
              <ChannelIcon channel={inbox.settings.channel} size={20} />
              <span className={classes.what}>
                <span className={classes.name}>
                  {inbox.settings.name}
                  {inbox.settings.store ? <span className={classes.dim}>{inbox.settings.store}</span> : null}
                </span>
                {inbox.settings.name === inbox.account ? null : <span className={classes.dim}>{inbox.account}</span>}
                <OpenState inbox={inbox} />
              </span>
              {mayChange ? (
                <ActionIcon aria-label={t('shop.editNamed', { name: inbox.settings.name })} onClick={() => setEdited(inbox)}>
                  <IconPencil size={17} stroke={1.6} />
                </ActionIcon>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      <ShopZone />
      <MailServers />
      {edited ? <InboxEditor inbox={edited} onClose={() => setEdited(null)} /> : null}
    </>
  );
}

function OpenState({ inbox }: { inbox: InboxSettings }) {
  const { t } = useTranslation();
  const { hours } = inbox.settings;
  const format = useFormat(hours?.zone);
  if (!hours) return <span className={classes.dim}>{t('shop.hours.always')}</span>;
  return (
    <span className={classes.dim}>
      {inbox.open_now ? <strong className={classes.open}>{t('shop.hours.openNow')}</strong> : inbox.opens_at ? t('shop.hours.opensAt', { time: format.soon(inbox.opens_at) }) : t('shop.hours.never')}
      {' · '}
      <Week hours={hours} />
      {' · '}
      {hours.zone}
    </span>
  );
}

function Week({ hours }: { hours: OpeningHours }) {
  const { i18n } = useTranslation();
  const day = (weekday: number) => weekdayName(i18n.language, weekday, 'short');
  return runs(hours)
    .map(({ from, to, intervals }) => {
      const times = intervals.map((each) => `${short(each.opens)}–${short(each.closes)}`).join(', ');
      return `${from === to ? day(from) : `${day(from)}–${day(to)}`} ${times}`;
    })
    .join('; ');
}

function InboxEditor({ inbox, onClose }: { inbox: InboxSettings; onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<SaveInbox>(inbox.settings);
  const save = useChange((value: SaveInbox) => saveInbox(inbox.account, value), KEYS, onClose);
  const signature = draft.signature ?? '';
  const wrong = wrongIn(signature, SIGNERS);
  return (
    <Editor
      title={inbox.account}
      draft={draft}
      onClose={onClose}
      onSubmit={() => save.mutate({ ...draft, name: draft.name.trim(), queue: draft.queue?.trim() || null })}
      saving={save.isPending}
      complete={draft.name.trim() !== '' && wrong.length === 0}
      error={save.error}
    >
      <div className={classes.pair}>
        <TextInput
          label={t('shop.name')}
          description={t('shop.inbox.nameText')}
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          maxLength={120}
          required
          data-autofocus
        />
        <TextInput
          label={t('shop.inbox.store')}
          description={t('shop.inbox.storeText')}
          value={draft.store}
          onChange={(event) => setDraft({ ...draft, store: event.currentTarget.value })}
          maxLength={120}
        />
        <TextInput
          label={t('shop.inbox.queue')}
          description={t('shop.inbox.queueText')}
          value={draft.queue ?? ''}
          onChange={(event) => setDraft({ ...draft, queue: event.currentTarget.value })}
          maxLength={60}
        />
      </div>
      {inbox.settings.channel === 'email' ? (
        <Textarea
          label={t('shop.inbox.signature')}
          description={t('shop.inbox.signatureText', { names: SIGNERS.map((name) => `{{${name}}}`).join(', ') })}
          error={wrong.length > 0 ? t('shop.template.unknown', { names: wrong.join(', ') }) : null}
          value={signature}
          onChange={(event) => setDraft({ ...draft, signature: event.currentTarget.value })}
          maxLength={2000}
          minRows={2}
          maxRows={8}
          autosize
        />
      ) : null}
      <HoursEditor hours={draft.hours ?? null} holidays={inbox.holidays} saved={inbox.settings.hours ?? null} onChange={(hours) => setDraft({ ...draft, hours })} />
      <Switch
        label={t('shop.inbox.reopen')}
        description={t('shop.inbox.reopenText')}
        checked={draft.reopen_archived}
        onChange={(event) => setDraft({ ...draft, reopen_archived: event.currentTarget.checked })}
      />
      <Switch
        label={t('shop.inbox.rating')}
        description={t('shop.inbox.ratingText')}
        checked={draft.ask_rating}
        onChange={(event) => setDraft({ ...draft, ask_rating: event.currentTarget.checked })}
      />
    </Editor>
  );
}
