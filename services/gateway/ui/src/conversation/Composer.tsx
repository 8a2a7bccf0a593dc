import { ActionIcon, Button, FileButton, Menu, Progress, TagsInput, Textarea, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconLock, IconPaperclip, IconSend, IconX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ClipboardEvent, type KeyboardEvent, lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { Caps } from '@/app/Caps';
import { useFormat } from '@/app/format';
import { contactName } from '@/app/people';
import { useKeys } from '@/app/shortcuts';
import { ServeNextButton } from '@/inbox/serveNext';
import { fileIcon } from './Attachments';
import { useActions } from './commands';
import classes from './Composer.module.css';
import type { Mode } from './draft';
import { sendDraft, type Then, useDraft } from './drafts';
import { sessionOptions } from './queries';
import { SnoozeItems } from './SnoozeMenu';
import type { Uploads } from './uploads';

const TimeDialog = lazy(() => import('./TimeDialog'));

const TEXT_MAX = 200_000;

interface Props {
  row: Conversation;
  uploads: Uploads;
  onServe: () => void;
  serving: boolean;
}

/** Where answers and notes are written. What is in it is never lost. */
export function Composer({ row, uploads, onServe, serving }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: me } = useQuery(sessionOptions);
  const { draft, change, onItsWay } = useDraft(me?.id ?? '', row.id);
  const area = useRef<HTMLTextAreaElement>(null);
  const over = row.status === 'closed' || row.status === 'archived';
  const { mode } = draft;
  const text = mode === 'note' ? draft.note : draft.reply;
  const shut = over && mode === 'reply' && !text && draft.attachments.length === 0;
  const ready = mode === 'note' ? text.trim() !== '' : !over && (text.trim() !== '' || draft.attachments.length > 0) && uploads.running.length === 0;

  const write = (next: Mode) => {
    change({ mode: next });
    requestAnimationFrame(() => area.current?.focus());
  };
  useKeys({ r: () => write('reply'), n: () => write('note') });
  const send = (then: Then) => {
    if (ready && !onItsWay) void sendDraft(client, t, row, mode === 'note' ? { name: 'nothing' } : then);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') area.current?.blur();
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    send(event.shiftKey ? { name: 'close' } : { name: 'nothing' });
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    change({ mode: 'reply' });
    uploads.add(event.clipboardData.files);
  };

  return (
    <footer className={classes.composer} data-mode={mode}>
      <div className={classes.top}>
        <div className={classes.tabs} role="tablist" aria-label={t('composer.title')}>
          <ModeTab mode="reply" current={mode} onPick={write} keys="R" />
          <ModeTab mode="note" current={mode} onPick={write} keys="N" />
        </div>
        {mode === 'reply' && !shut ? <RecipientLine row={row} cc={draft.cc} onCc={(cc) => change({ cc })} /> : null}
        {mode === 'note' ? (
          <span className={classes.hint}>
            <IconLock size={13} aria-hidden /> {t('composer.internal')}
          </span>
        ) : null}
      </div>
      {shut ? (
        <Over row={row} onServe={onServe} serving={serving} />
      ) : (
        <div role="tabpanel" className={classes.panel}>
          <Textarea
            ref={area}
            autosize
            minRows={2}
            maxRows={12}
            variant="unstyled"
            maxLength={TEXT_MAX}
            aria-label={t(`composer.${mode}`)}
            placeholder={t(mode === 'note' ? 'composer.writeNote' : 'composer.writeReply', { name: contactName(row.contact) })}
            value={text}
            onChange={(event) => change(mode === 'note' ? { note: event.currentTarget.value } : { reply: event.currentTarget.value })}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            classNames={{ input: classes.input }}
          />
          {mode === 'reply' ? <Files row={row} uploads={uploads} /> : null}
          <div className={classes.bar}>
            {mode === 'reply' ? <AttachButton onFiles={uploads.add} /> : <span />}
            <span className={classes.state} aria-live="polite">
              {over && mode === 'reply' ? t('composer.reopenFirst') : text && !onItsWay ? t('composer.saved') : ''}
            </span>
            <SendButtons mode={mode} ready={ready && !onItsWay} onSend={send} />
          </div>
        </div>
      )}
    </footer>
  );
}

function ModeTab({ mode, current, onPick, keys }: { mode: Mode; current: Mode; onPick: (mode: Mode) => void; keys: string }) {
  const { t } = useTranslation();
  return (
    <button type="button" role="tab" aria-selected={mode === current} className={classes.tab} onClick={() => onPick(mode)} title={keys}>
      {t(`composer.${mode}`)}
    </button>
  );
}

const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function RecipientLine({ row, cc, onCc }: { row: Conversation; cc: string[]; onCc: (cc: string[]) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (row.channel !== 'email' && row.channel !== 'form') return null;
  return (
    <div className={classes.recipients}>
      <span className="n-clip" title={row.contact.value}>
        {t('composer.to', { name: row.contact.value })}
      </span>
      {open || cc.length > 0 ? (
        <TagsInput
          size="xs"
          variant="unstyled"
          className={classes.cc}
          aria-label={t('composer.cc')}
          placeholder={cc.length ? '' : t('composer.ccHint')}
          value={cc}
          maxTags={20}
          splitChars={[',', ';', ' ']}
          onChange={(values) => onCc(values.map((each) => each.trim().toLowerCase()).filter((each) => MAIL.test(each)))}
          autoFocus={cc.length === 0}
        />
      ) : (
        <button type="button" className={classes.ccButton} onClick={() => setOpen(true)}>
          {t('composer.cc')}
        </button>
      )}
    </div>
  );
}

function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useTranslation();
  const reset = useRef<() => void>(null);
  return (
    <FileButton
      multiple
      resetRef={reset}
      onChange={(files) => {
        onFiles(files);
        reset.current?.();
      }}
    >
      {(props) => (
        <Tooltip label={t('composer.attach')}>
          <ActionIcon {...props} aria-label={t('composer.attach')}>
            <IconPaperclip size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      )}
    </FileButton>
  );
}

function Files({ row, uploads }: { row: Conversation; uploads: Uploads }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: me } = useQuery(sessionOptions);
  const { draft, change } = useDraft(me?.id ?? '', row.id);
  if (draft.attachments.length + uploads.running.length === 0) return null;
  return (
    <ul className={classes.files}>
      {draft.attachments.map((each, index) => {
        const Icon = fileIcon(each.media_type);
        return (
          <li key={`${each.blob} ${index}`}>
            <Icon size={15} stroke={1.6} aria-hidden />
            <span className="n-clip">{each.filename}</span>
            <span className={classes.size}>{format.bytes(each.size)}</span>
            <Remove name={each.filename} onClick={() => change({ attachments: draft.attachments.filter((_, at) => at !== index) })} />
          </li>
        );
      })}
      {uploads.running.map((each) => (
        <li key={each.key}>
          <span className="n-clip">{each.name}</span>
          <Progress value={each.share * 100} w={70} size="sm" aria-label={t('composer.uploading', { name: each.name })} />
          <Remove name={each.name} onClick={each.abort} />
        </li>
      ))}
    </ul>
  );
}

function Remove({ name, onClick }: { name: string; onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <ActionIcon size={20} aria-label={t('composer.removeFile', { name })} onClick={onClick}>
      <IconX size={13} />
    </ActionIcon>
  );
}

function SendButtons({ mode, ready, onSend }: { mode: Mode; ready: boolean; onSend: (then: Then) => void }) {
  const { t } = useTranslation();
  const [asking, dialog] = useDisclosure();
  const snooze = (until: string) => onSend({ name: 'snooze', until });
  if (mode === 'note') {
    return (
      <Button size="xs" className={classes.addNote} disabled={!ready} onClick={() => onSend({ name: 'nothing' })} title="Ctrl/⌘ Enter">
        {t('composer.addNote')}
      </Button>
    );
  }
  return (
    <>
      <Button.Group>
        <Button size="xs" disabled={!ready} onClick={() => onSend({ name: 'nothing' })} leftSection={<IconSend size={14} />} title="Ctrl/⌘ Enter">
          {t('composer.send')}
        </Button>
        <Menu width={280} position="top-end">
          <Menu.Target>
            <Button size="xs" px={7} disabled={!ready} aria-label={t('composer.sendMore')} className={classes.split}>
              <IconChevronDown size={15} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onSend({ name: 'close' })} rightSection={<Caps keys="Shift Mod Enter" />}>
              {t('composer.sendClose')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Label>{t('composer.sendSnooze')}</Menu.Label>
            <SnoozeItems onPick={snooze} onOwn={dialog.open} />
          </Menu.Dropdown>
        </Menu>
      </Button.Group>
      <Suspense>{asking ? <TimeDialog onClose={dialog.close} onPick={snooze} /> : null}</Suspense>
    </>
  );
}

/** A closed or archived conversation: what to do next. */
function Over({ row, onServe, serving }: Omit<Props, 'uploads'>) {
  const { t } = useTranslation();
  const { act } = useActions(row);
  return (
    <div className={classes.over}>
      <span>{t(row.status === 'archived' ? 'composer.archived' : 'composer.closed')}</span>
      <Button size="sm" variant="default" onClick={() => void act({ name: 'reopen' })}>
        {t('action.reopen')}
      </Button>
      <ServeNextButton compact onServe={onServe} busy={serving} />
    </div>
  );
}
