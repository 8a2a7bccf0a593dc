import { Button } from '@mantine/core';
import { IconLock, IconX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem } from '@/api/types';
import { afterMenu } from '@/app/afterMenu';
import { contactName } from '@/app/people';
import { leaveField, useKeys } from '@/app/shortcuts';
import { showUndo } from '@/app/toasts';
import { Desk, type DeskHandle, sendByKey } from '@/compose/Desk';
import { ForwardedMessage, useForwarded } from '@/compose/ForwardedMessage';
import { useHeld } from '@/compose/held';
import { mentioned } from '@/compose/mentions';
import { type Handling, PlainRecipients, RecipientFields, useRecipients } from '@/compose/RecipientFields';
import { chosen } from '@/compose/recipients';
import { useWishes } from '@/compose/wishes';
import { ServeNextButton } from '@/inbox/serveNext';
import { usePreferences } from '@/personal/preferences';
import { useActions } from './commands';
import classes from './Composer.module.css';
import { mayAnswer, useTyping } from './crossing';
import { draftKey, isEmpty, type Mode, NOTHING } from './draft';
import { sendDraft, type Then } from './drafts';
import { modeNow, readDraft, useDraft, useMode } from './draftStore';
import { agentsOptions, sessionOptions } from './queries';

const RedirectDialog = lazy(() => import('@/compose/RedirectDialog'));

interface Props {
  row: Conversation;
  onServe: () => void;
  serving: boolean;
}

/** Where answers, notes and forwards are written. What is in it is never lost. */
export function Composer({ row, onServe, serving }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const agent = me?.id ?? '';
  const [mode, setMode] = useMode(agent, row.id);
  const { draft, onItsWay } = useDraft(agent, draftKey(row.id, mode));
  const desk = useRef<DeskHandle>(null);
  const box = useRef<HTMLElement>(null);
  const [redirecting, setRedirecting] = useState<MessageItem | null>(null);
  const leaving = useHeld().find((each) => each.place?.conversationId === row.id && each.then !== 'nothing');
  const over = row.status === 'closed' || row.status === 'archived';
  const done = over || leaving !== undefined;
  // Whoever wants to write where nothing is to be done gets the field all the same, for this once.
  const [wanted, setWanted] = useState(false);
  if (wanted && (!done || onItsWay)) setWanted(false);
  const shut = mode === 'reply' && isEmpty(draft) && done && !wanted;

  const [calls, setCalls] = useState(0);
  useLayoutEffect(() => {
    if (calls === 0) return;
    // A forward begins with whom it is for.
    if (mode === 'forward' && draft.to.length === 0) box.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    else desk.current?.focus();
  }, [calls]);
  const write = (next: Mode) => {
    setMode(next);
    setWanted(next === 'reply');
    setCalls((before) => before + 1);
  };
  useKeys({ r: () => write('reply'), n: () => write('note') }, true);
  useWishes(row.id, (wish) => {
    if (wish.kind === 'redirect') setRedirecting(wish.message);
    else afterMenu(() => write(modeNow(agent, row.id)));
  });
  return (
    <footer ref={box} className={classes.composer} data-mode={mode}>
      <div className={classes.top}>
        <div className={classes.tabs} role="tablist" aria-label={t('composer.title')}>
          <ModeTab mode="reply" current={mode} onPick={write} keys="R" />
          <ModeTab mode="note" current={mode} onPick={write} keys="N" />
          {mode === 'forward' ? <ModeTab mode="forward" current={mode} onPick={write} /> : <ForwardTab agent={agent} row={row} onPick={write} />}
        </div>
        {mode === 'note' ? (
          <span className={classes.hint}>
            <IconLock size={13} aria-hidden /> {t('composer.internal')}
          </span>
        ) : null}
        {mode === 'forward' ? <DropForward agent={agent} row={row} onDrop={() => setMode('reply')} /> : null}
      </div>
      {shut ? (
        <Over row={row} leaving={over ? undefined : leaving?.then} onServe={onServe} serving={serving} />
      ) : (
        <div role="tabpanel" onKeyDown={sendByKey(desk)}>
          {mode === 'reply' ? <ReplyDesk desk={desk} agent={agent} row={row} over={over} /> : null}
          {mode === 'note' ? <NoteDesk desk={desk} agent={agent} row={row} /> : null}
          {mode === 'forward' ? <ForwardDesk desk={desk} agent={agent} row={row} onSent={() => setMode('reply')} /> : null}
        </div>
      )}
      <Suspense>{redirecting ? <RedirectDialog row={row} message={redirecting} onClose={() => setRedirecting(null)} /> : null}</Suspense>
    </footer>
  );
}

function ModeTab({ mode, current, onPick, keys }: { mode: Mode; current: Mode; onPick: (mode: Mode) => void; keys?: string }) {
  const { t } = useTranslation();
  return (
    <button type="button" role="tab" aria-selected={mode === current} className={classes.tab} onClick={() => onPick(mode)} title={keys}>
      {t(`composer.${mode}`)}
    </button>
  );
}

/** A forward that was begun can be gone on with. */
function ForwardTab({ agent, row, onPick }: { agent: string; row: Conversation; onPick: (mode: Mode) => void }) {
  const { draft } = useDraft(agent, draftKey(row.id, 'forward'));
  return isEmpty(draft) ? null : <ModeTab mode="forward" current="reply" onPick={onPick} />;
}

function DropForward({ agent, row, onDrop }: { agent: string; row: Conversation; onDrop: () => void }) {
  const { t } = useTranslation();
  const { draft, change } = useDraft(agent, draftKey(row.id, 'forward'));
  const drop = () => {
    const before = { ...draft };
    change({ ...NOTHING });
    onDrop();
    if (!isEmpty(before)) showUndo(t, t('forward.dropped'), () => change(before));
  };
  return (
    <button type="button" className={classes.drop} onClick={drop}>
      <IconX size={13} aria-hidden /> {t('forward.drop')}
    </button>
  );
}

interface DeskProps {
  desk: React.RefObject<DeskHandle | null>;
  agent: string;
  row: Conversation;
}

function useBad() {
  const { t } = useTranslation();
  const [bad, setBad] = useState<Record<string, string>>({});
  const text = Object.values(bad).filter(Boolean).join(', ');
  const onBad = (field: string, found: string) => setBad((all) => (all[field] === found ? all : { ...all, [field]: found }));
  return { bad: text ? t('recipients.bad', { text }) : null, onBad };
}

function ReplyDesk({ desk, agent, row, over }: DeskProps & { over: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { undo_seconds: hold, enter_to_send: flowing } = usePreferences();
  const key = draftKey(row.id, 'reply');
  const { draft, change, onItsWay } = useDraft(agent, key);
  const { reply } = useRecipients(row);
  const [handling, handle] = useState<Handling>('closed');
  if (onItsWay && handling !== 'closed') handle('closed'); // the next answer has recipients of its own
  const touched = handling === 'touched';
  const shown = chosen(draft, reply, touched);
  const nobody = touched && draft.to.length === 0 ? t('forward.nobody') : null;
  const { bad, onBad } = useBad();
  const mail = row.channel === 'email';
  useTyping(row, draft.text);
  const send = async (then: Then) => {
    if (!(await mayAnswer(row.id))) return;
    const recipients = mail && reply.to.length > 0 ? chosen(readDraft(agent, key), reply, touched) : undefined;
    void sendDraft(client, t, row, { key, then, recipients, hold: mail ? hold : 0 });
    // So that the next key can undo, or serve the next one. In a chat, or where Enter sends, one goes on writing.
    if ((mail && !flowing) || then.name !== 'nothing') leaveField();
  };
  return (
    <>
      {mail ? <RecipientFields row={row} draft={draft} change={change} onBad={onBad} handling={handling} onHandle={handle} /> : null}
      <Desk
        ref={desk}
        agent={agent}
        draftKey={key}
        row={row}
        rich={mail}
        label={t('composer.reply')}
        placeholder={t('composer.writeReply', { name: (mail && shown.to.map(contactName).join(', ')) || contactName(row.contact) })}
        bad={bad ?? nobody}
        allowed={!over}
        hint={over ? t('composer.reopenFirst') : undefined}
        onSend={(then) => void send(then)}
      />
    </>
  );
}

function NoteDesk({ desk, agent, row }: DeskProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: agents = [] } = useQuery(agentsOptions);
  const key = draftKey(row.id, 'note');
  return (
    <Desk
      ref={desk}
      agent={agent}
      draftKey={key}
      row={row}
      rich={false}
      label={t('composer.note')}
      placeholder={t('composer.writeNote')}
      onSend={(then) => {
        const { text, mentions } = readDraft(agent, key);
        void sendDraft(client, t, row, { key, then, hold: 0, mentions: mentioned(text, agents, mentions) });
      }}
    />
  );
}

function ForwardDesk({ desk, agent, row, onSent }: DeskProps & { onSent: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { undo_seconds: hold } = usePreferences();
  const key = draftKey(row.id, 'forward');
  const { draft, change } = useDraft(agent, key);
  const { bad, onBad } = useBad();
  const { message, below } = useForwarded(row, draft.messageId);
  const send = async (then: Then) => {
    leaveField();
    if (!below || !(await sendDraft(client, t, row, { key, then, hold, below }))) return;
    // It may be back already.
    if (isEmpty(readDraft(agent, key))) onSent();
  };
  const nobody = draft.to.length === 0 ? t('forward.nobody') : null;
  return (
    <>
      <PlainRecipients draft={draft} change={change} onBad={onBad} autoFocus />
      <Desk
        ref={desk}
        agent={agent}
        draftKey={key}
        row={row}
        rich
        label={t('composer.forward')}
        placeholder={t('forward.placeholder')}
        bad={bad ?? nobody ?? (below ? null : t('state.loading'))}
        empty
        onSend={(then) => void send(then)}
      >
        {message && below ? <ForwardedMessage message={message} text={below.text} /> : null}
      </Desk>
    </>
  );
}

interface OverProps extends Props {
  /** What happens when the answer that is held has left. */
  leaving?: 'close' | 'snooze' | 'nothing';
}

/** A closed or archived conversation, or one that is about to be: what to do next. */
function Over({ row, leaving, onServe, serving }: OverProps) {
  const { t } = useTranslation();
  const { act } = useActions(row);
  return (
    <div className={classes.over}>
      <span>{leaving ? t(leaving === 'close' ? 'composer.willClose' : 'composer.willSnooze') : t(row.status === 'archived' ? 'composer.archived' : 'composer.closed')}</span>
      {leaving ? null : (
        <Button size="sm" variant="default" onClick={() => void act({ name: 'reopen' })}>
          {t('action.reopen')}
        </Button>
      )}
      <ServeNextButton compact onServe={onServe} busy={serving} />
    </div>
  );
}
