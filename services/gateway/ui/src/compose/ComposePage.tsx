import { ActionIcon, Select, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconChevronLeft } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '@/app/PageTitle';
import { useKeys } from '@/app/shortcuts';
import { isEmpty } from '@/conversation/draft';
import { sendDraft, type Then } from '@/conversation/drafts';
import { readDraft, useDraft } from '@/conversation/draftStore';
import { sessionOptions } from '@/conversation/queries';
import { addFiles, useDrop } from '@/conversation/uploads';
import { inboxesOptions } from '@/inbox/queries';
import { usePreferences } from '@/personal/preferences';
import { inboxSettingsOptions } from '@/settings/queries';
import classes from './ComposePage.module.css';
import { Desk, type DeskHandle } from './Desk';
import { PlainRecipients } from './RecipientFields';
import { parseRecipients } from './recipients';

const KEY = 'new';
const route = getRouteApi('/app/inbox/new');

/** Write to somebody first. */
export default function ComposePage() {
  const { t } = useTranslation();
  const { to: wanted } = route.useSearch();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: me } = useQuery(sessionOptions);
  const agent = me?.id ?? '';
  const { undo_seconds: hold } = usePreferences();
  const { draft, change } = useDraft(agent, KEY);
  const desk = useRef<DeskHandle>(null);
  const [bad, setBad] = useState<Record<string, string>>({});
  const accounts = useAccounts();
  const [last, setLast] = useLocalStorage<string | null>({ key: 'nitka.compose.account', defaultValue: null, getInitialValueInEffect: false });
  const account = [draft.account, last].find((each) => each && accounts.some((known) => known.value === each)) ?? accounts[0]?.value ?? null;
  const { dragging, dropHandlers } = useDrop((files) => addFiles(t, { agent, key: KEY }, files));
  const back = () => void navigate({ to: '/inbox', search: (old) => old });
  useKeys({ Escape: back });

  useEffect(() => {
    const [point] = parseRecipients(wanted ?? '').points;
    if (!point || !agent) return;
    change((old) => ({ to: old.to.some((each) => each.value === point.value) ? old.to : [...old.to, point] }));
  }, [wanted, agent, change]);

  const send = async (then: Then) => {
    const now = readDraft(agent, KEY);
    if (now.account !== account) change({ account });
    setLast(account);
    const begun = await sendDraft(client, t, null, { key: KEY, then, hold });
    if (begun && isEmpty(readDraft(agent, KEY))) await navigate({ to: '/inbox/$conversationId', params: { conversationId: begun.id }, search: (old) => old });
  };
  const wrong = () => {
    const typed = Object.values(bad).filter(Boolean).join(', ');
    if (typed) return t('recipients.bad', { text: typed });
    if (draft.to.length === 0) return t('forward.nobody');
    if (!draft.subject?.trim()) return t('compose.noSubject');
    return account ? null : t('compose.noInbox');
  };
  return (
    <section className={classes.page} aria-labelledby="compose-title" {...dropHandlers}>
      <PageTitle>{t('compose.title')}</PageTitle>
      <header className={classes.header}>
        <ActionIcon className={classes.back} aria-label={t('action.back')} onClick={back}>
          <IconChevronLeft size={20} />
        </ActionIcon>
        <h1 id="compose-title">{t('compose.title')}</h1>
      </header>
      <div className={classes.sheet}>
        <Account accounts={accounts} value={account} onChange={(value) => change({ account: value })} />
        <PlainRecipients draft={draft} change={change} onBad={(field, text) => setBad((all) => ({ ...all, [field]: text }))} autoFocus={draft.to.length === 0} />
        <Subject value={draft.subject ?? ''} onChange={(subject) => change({ subject })} onEnter={() => desk.current?.focus()} />
        <Desk ref={desk} agent={agent} draftKey={KEY} rich label={t('compose.text')} placeholder={t('compose.placeholder')} bad={wrong()} below minRows={8} onSend={(then) => void send(then)} />
      </div>
      {dragging ? <div className={classes.drop}>{t('composer.drop')}</div> : null}
    </section>
  );
}

/** The inboxes that can send a mail. */
function useAccounts(): { value: string; label: string }[] {
  const { data: used = [] } = useQuery(inboxesOptions);
  const { data: settings = [] } = useQuery({ ...inboxSettingsOptions, staleTime: 300_000 });
  const names = new Map<string, string>();
  for (const each of used) if (each.channel === 'email') names.set(each.account, each.account);
  for (const { account, settings: inbox } of settings) {
    if (inbox.channel === 'email') names.set(account, inbox.name && inbox.name !== account ? `${inbox.name} <${account}>` : account);
  }
  return [...names].map(([value, label]) => ({ value, label })).sort((one, other) => one.label.localeCompare(other.label));
}

function Account({ accounts, value, onChange }: { accounts: { value: string; label: string }[]; value: string | null; onChange: (account: string) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className={classes.line}>
      <label htmlFor={id}>{t('compose.from')}</label>
      <Select id={id} size="xs" variant="unstyled" data={accounts} value={value} allowDeselect={false} searchable={accounts.length > 8} onChange={(next) => next && onChange(next)} className={classes.grow} comboboxProps={{ width: 320, position: 'bottom-start' }} />
    </div>
  );
}

function Subject({ value, onChange, onEnter }: { value: string; onChange: (subject: string) => void; onEnter: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className={classes.line}>
      <label htmlFor={id}>{t('compose.subject')}</label>
      <TextInput
        id={id}
        size="xs"
        variant="unstyled"
        maxLength={500}
        value={value}
        className={classes.grow}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onEnter();
        }}
      />
    </div>
  );
}
