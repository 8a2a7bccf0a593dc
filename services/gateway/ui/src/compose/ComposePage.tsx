import { ActionIcon, Button, Select, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconChevronLeft } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContactPoint } from '@/api/types';
import { PageTitle } from '@/app/PageTitle';
import { headRef } from '@/app/headRoom';
import { contactName } from '@/app/people';
import { leaveField, useKeys } from '@/app/shortcuts';
import { showDone, showUndo } from '@/app/toasts';
import { contentOf, isEmpty, NOTHING } from '@/conversation/draft';
import { sendDraft, type Then } from '@/conversation/drafts';
import { pullDraft, readDraft, useDraft } from '@/conversation/draftStore';
import { sessionOptions } from '@/conversation/queries';
import { addFiles, useDrop } from '@/conversation/uploads';
import { inboxesOptions } from '@/inbox/queries';
import { usePreferences } from '@/personal/preferences';
import { inboxSettingsOptions } from '@/settings/queries';
import classes from './ComposePage.module.css';
import { Desk, type DeskHandle, sendByKey } from './Desk';
import { PlainRecipients } from './RecipientFields';
import { isForOthers, parseRecipients } from './recipients';

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
  const [next, setNext] = useState<ContactPoint | null>(null);
  const accounts = useAccounts();
  const [last, setLast] = useLocalStorage<string | null>({ key: 'nitka.compose.account', defaultValue: null, getInitialValueInEffect: false });
  const account = [draft.account, last].find((each) => each && accounts.some((known) => known.value === each)) ?? accounts[0]?.value ?? null;
  const { dragging, dropHandlers } = useDrop((files) => addFiles(t, { agent, key: KEY }, files));
  const back = () => void navigate({ to: '/inbox', search: (old) => old });
  useKeys({ Escape: back });

  useEffect(() => {
    const [point] = parseRecipients(wanted ?? '').points;
    if (!point || !agent) return undefined;
    let gone = false;
    // What was begun in another browser counts as well.
    void pullDraft(agent, KEY).then(() => {
      if (gone) return;
      const others = isForOthers(readDraft(agent, KEY), point);
      setNext(others ? point : null);
      if (!others) change((old) => ({ to: old.to.length > 0 ? old.to : [point] }));
    });
    return () => {
      gone = true;
    };
  }, [wanted, agent, change]);
  const startAnew = (point: ContactPoint) => {
    const before = contentOf(draft);
    change({ ...NOTHING, to: [point] });
    setNext(null);
    showUndo(t, t('compose.dropped', { names: before.to.map(contactName).join(', ') }), () => change(before));
  };

  const here = useRef(false);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const send = async (then: Then) => {
    const now = readDraft(agent, KEY);
    if (now.account !== account) change({ account });
    setLast(account);
    leaveField();
    const begun = await sendDraft(client, t, null, { key: KEY, then, hold });
    // What was taken back meanwhile is being written again.
    if (!begun || !isEmpty(readDraft(agent, KEY))) return;
    const show = () => void navigate({ to: '/inbox/$conversationId', params: { conversationId: begun.id }, search: (old) => old });
    // Whoever has gone on to something else stays there.
    if (here.current) show();
    else showDone(t('compose.sent', { number: begun.number }), t('action.open'), show);
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
      <header ref={headRef} className={classes.header}>
        <ActionIcon className={classes.back} aria-label={t('action.back')} onClick={back}>
          <IconChevronLeft size={20} />
        </ActionIcon>
        <h1 id="compose-title">{t('compose.title')}</h1>
      </header>
      <div className={classes.sheet} onKeyDown={sendByKey(desk)}>
        {next ? <Begun to={draft.to} next={next} onGoOn={() => setNext(null)} onStartAnew={() => startAnew(next)} /> : null}
        <Account accounts={accounts} value={account} onChange={(value) => change({ account: value })} />
        <PlainRecipients draft={draft} change={change} onBad={(field, text) => setBad((all) => ({ ...all, [field]: text }))} autoFocus={draft.to.length === 0} />
        <Subject value={draft.subject ?? ''} onChange={(subject) => change({ subject })} onEnter={() => desk.current?.focus()} />
        <Desk ref={desk} agent={agent} draftKey={KEY} rich label={t('compose.text')} placeholder={t('compose.placeholder')} bad={wrong()} below minRows={8} onSend={(then) => void send(then)} />
      </div>
      {dragging ? <div className={classes.drop}>{t('composer.drop')}</div> : null}
    </section>
  );
}

interface BegunProps {
  /** To whom the mail goes that is begun. */
  to: readonly ContactPoint[];
  /** To whom the agent wants to write now. */
  next: ContactPoint;
  onGoOn: () => void;
  onStartAnew: () => void;
}

/** There is one mail that is begun, and it is for somebody else: the agent chooses. */
function Begun({ to, next, onGoOn, onStartAnew }: BegunProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.begun} role="alert">
      <p>{t('compose.begun', { names: to.map(contactName).join(', ') })}</p>
      <div className={classes.choices}>
        <Button size="compact-xs" variant="default" onClick={onGoOn} autoFocus>
          {t('compose.goOn')}
        </Button>
        <Button size="compact-xs" variant="subtle" onClick={onStartAnew}>
          {t('compose.startAnew', { name: contactName(next) })}
        </Button>
      </div>
    </div>
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
          if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onEnter();
        }}
      />
    </div>
  );
}
