import { ActionIcon, Button } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconLetterCase, IconTemplate } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, type Ref, type RefObject, useCallback, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { leaveField } from '@/app/shortcuts';
import { Tooltip } from '@/app/Tooltip';
import { type Draft, type DraftKey, isEmpty, modeOf } from '@/conversation/draft';
import { keepMine, readDraft, takeOther, useDraft, useFollowDraft } from '@/conversation/draftStore';
import type { Then } from '@/conversation/drafts';
import { addFiles, missingPictures, pictureSource, useRunning } from '@/conversation/uploads';
import { usePreferences } from '@/personal/preferences';
import type { Correctable } from '@/writing/correctable';
import { CorrectButton, CorrectSlot, useCorrecting } from '@/writing/correcting';
import classes from './Desk.module.css';
import { AttachButton, Files } from './Files';
import type { Pen } from './pen';
import { SendButtons } from './SendButtons';
import { Signature } from './Signature';
import { SuggestList } from './SuggestList';
import { takeLetters } from './typeAhead';
import { unfilled } from './templates';
import { useValues } from './templateQueries';
import { useSuggest } from './useSuggest';
import { Writer } from './Writer';

export interface DeskHandle {
  focus: () => void;
  send: (then: Then) => void;
}

/** For what holds a desk and the fields that belong to it: what sends in the text sends in the fields as well. */
export function sendByKey(desk: RefObject<DeskHandle | null>) {
  return (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    if (event.defaultPrevented || event.nativeEvent.isComposing || !(event.target instanceof HTMLInputElement)) return;
    const then: Then = { name: event.shiftKey ? 'close' : 'nothing' };
    setTimeout(() => desk.current?.send(then)); // when the desk knows what the field has taken
  };
}

interface Props {
  ref?: Ref<DeskHandle>;
  agent: string;
  draftKey: DraftKey;
  row?: Conversation;
  rich: boolean;
  label: string;
  placeholder: string;
  /** What must be put right before it can be sent. */
  bad?: string | null;
  /** Whether it could be sent if it had something in it. */
  allowed?: boolean;
  /** Whether it may be sent with nothing written. */
  empty?: boolean;
  /** What the state line says when nothing is wrong. */
  hint?: string;
  below?: boolean;
  minRows?: number;
  /** Between the text and its files. */
  children?: ReactNode;
  /** Send what is in the draft now. */
  onSend: (then: Then) => void;
}

/** Where one thing is written, with its files, its templates and the buttons that send it. */
export function Desk({ ref, agent, draftKey: key, row, rich, label, placeholder, bad, allowed = true, empty = false, hint, below = false, minRows, children, onSend }: Props) {
  const { t } = useTranslation();
  const { enter_to_send: enterSends } = usePreferences();
  const { draft, change, onItsWay } = useDraft(agent, key);
  const note = modeOf(key) === 'note';
  const running = useRunning(agent, key);
  const pen = useRef<Pen | null>(null);
  const values = useValues(row, draft.to[0], draft.account);
  const suggest = useSuggest(pen, note ? '@' : '/', values, rich, (called) => change((old) => ({ mentions: [...new Set([...old.mentions, called])] })), row?.id);
  const [tools, setTools] = useLocalStorage({ key: 'nitka.compose.tools', defaultValue: false, getInitialValueInEffect: false });
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const isWriting = useCallback(() => (box.current?.contains(document.activeElement) ?? false) && document.hasFocus(), []);
  const follow = useFollowDraft(agent, key, isWriting);
  const target = useMemo(() => ({ agent, key }), [agent, key]);
  const setPen = useCallback((next: Pen | null) => (pen.current = next), []);

  const something = empty || draft.text.trim() !== '' || draft.attachments.length > 0;
  const ready = allowed && something && !onItsWay;
  const correcting = useCorrecting();
  const correctable = useMemo<Correctable>(
    () => ({
      editor: () => pen.current?.editor() ?? null,
      text: () => pen.current?.text() ?? '',
      replace: (edits) => pen.current?.replace(edits),
    }),
    [],
  );

  /** What is wrong with it, as a sentence. */
  const wrong = (now: Draft): string | null => {
    if (bad) return bad;
    const variables = note ? [] : unfilled(now.text);
    if (variables.length > 0) return t('composer.unfilled', { names: variables.join(', ') });
    if (running.some((each) => each.failed !== null)) return t('composer.failedFiles');
    if (running.length > 0) return t('composer.stillUploading');
    return missingPictures(now.html, now.attachments, running).length > 0 ? t('composer.missingPictures') : null;
  };
  // What hindered sending is said until it is mended.
  const unsent = draft.unsent ? t(draft.tried ? 'composer.unsure' : 'composer.unsent') : null;
  const complaint = (tried ? wrong(draft) : null) ?? unsent;
  const send = (then: Then) => {
    pen.current?.flush();
    const now = readDraft(agent, key);
    if (!allowed || onItsWay || (!empty && !now.text.trim() && now.attachments.length === 0)) return;
    const reason = wrong(now);
    setTried(reason !== null);
    if (!reason) onSend(note ? { name: 'nothing' } : then);
  };
  useImperativeHandle(ref, () => ({
    focus: () => {
      if (!pen.current) return;
      pen.current.focus();
      const letters = takeLetters();
      if (letters) pen.current.insert({ text: letters, html: null }, 0);
    },
    send,
  }));
  const onKey = (event: globalThis.KeyboardEvent): boolean => {
    if (suggest.onKey(event)) {
      event.stopPropagation();
      return true;
    }
    if (event.key === 'Escape') {
      if (correcting.active) correcting.stop();
      else leaveField();
    }
    if (event.key !== 'Enter') return false;
    const mod = event.ctrlKey || event.metaKey;
    if (!mod && !(enterSends && !event.shiftKey && !event.altKey)) return false;
    send(mod && event.shiftKey ? { name: 'close' } : { name: 'nothing' });
    return true;
  };
  const keep = [values['customer.name'], values['agent.name'], values['shop.name'], values['inbox.name']].filter((each) => each !== undefined);
  const attach = (files: readonly File[]) => addFiles(t, target, files);

  return (
    <div ref={box} className={classes.desk} onKeyDown={correcting.onKeyDown} onBlur={() => setTimeout(follow)}>
      {suggest.open ? (
        <SuggestList suggestions={suggest.suggestions} active={suggest.active} values={values} below={below} language={suggest.language} onLanguage={suggest.setLanguage} onPick={(each) => void suggest.pick(each)} onHover={suggest.setActive} />
      ) : null}
      {draft.other ? <OtherVersion agent={agent} draftKey={key} draft={draft} /> : null}
      <div hidden={correcting.instead}>
        <Writer
          key={key}
          rich={rich}
          html={draft.html}
          text={draft.text}
          label={label}
          placeholder={placeholder}
          minRows={minRows}
          tools={tools}
          aria={suggest.aria}
          onChange={(written) => {
            setTried(false);
            change(written);
          }}
          onCaret={suggest.onCaret}
          onKey={onKey}
          onFiles={attach}
          onPicture={(cid, file) => addFiles(t, target, [file], cid)}
          pictureSource={(cid) => pictureSource(target, cid)}
          onPen={setPen}
        />
      </div>
      {rich ? <Signature account={row?.account ?? draft.account} values={values} /> : null}
      <CorrectSlot correcting={correcting} target={correctable} keep={keep} onBack={() => requestAnimationFrame(() => pen.current?.focus())} />
      {children}
      <Files draft={draft} change={change} running={running.filter((each) => each.cid === null || each.failed !== null)} />
      <div className={classes.bar}>
        <AttachButton onFiles={attach} />
        {note ? null : (
          <>
            {rich ? (
              <Tooltip label={t('format.title')} position="bottom">
                <ActionIcon aria-label={t('format.title')} aria-pressed={tools} className={classes.toggle} onMouseDown={(event) => event.preventDefault()} onClick={() => setTools(!tools)}>
                  <IconLetterCase size={19} stroke={1.6} />
                </ActionIcon>
              </Tooltip>
            ) : null}
            <Tooltip label={`${t('template.insert')}  ·  /`}>
              <ActionIcon aria-label={t('template.insert')} aria-expanded={suggest.open} onMouseDown={(event) => event.preventDefault()} onClick={suggest.ask}>
                <IconTemplate size={18} stroke={1.6} />
              </ActionIcon>
            </Tooltip>
          </>
        )}
        <CorrectButton correcting={correcting} ready={draft.text.trim() !== ''} />
        <span className={classes.state} data-bad={complaint !== null} role="status">
          {complaint ?? hint ?? (!isEmpty(draft) && !onItsWay ? t('composer.saved') : '')}
        </span>
        <SendButtons kind={note ? 'note' : modeOf(key)} ready={ready} onSend={send} />
      </div>
    </div>
  );
}

/** The draft was changed here and elsewhere: both are kept, the agent chooses. */
function OtherVersion({ agent, draftKey: key, draft }: { agent: string; draftKey: DraftKey; draft: Draft }) {
  const { t } = useTranslation();
  return (
    <div className={classes.other} role="status">
      <span className="n-clip" title={draft.other?.text}>
        {t('composer.other', { text: draft.other?.text.slice(0, 80) ?? '' })}
      </span>
      <Button size="compact-xs" variant="default" onClick={() => takeOther(agent, key)}>
        {t('composer.showOther')}
      </Button>
      <Button size="compact-xs" variant="subtle" onClick={() => keepMine(agent, key)}>
        {t('composer.keepMine')}
      </Button>
    </div>
  );
}
