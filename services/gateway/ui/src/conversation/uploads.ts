/**
 * Files on their way to the server: by button, by drop, by paste. Finished ones are in the draft.
 *
 * An upload belongs to its draft, not to the screen: it goes on while the agent looks at something else.
 */
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { type DragEvent, useCallback, useState, useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { upload } from '@/api/client';
import type { Attachment } from '@/api/types';
import { problemText } from '@/app/problems';
import { picturesIn } from '@/compose/html';
import { type DraftKey, draftKey } from './draft';
import { modeNow, readDraft, updateDraft } from './draftStore';
import { sessionOptions } from './queries';

export const SIZE_MAX = 20 * 1024 * 1024;
export const COUNT_MAX = 20;

export interface Upload {
  id: number;
  name: string;
  size: number;
  share: number;
  /** Why it failed; it can be tried again. */
  failed: string | null;
  /** The picture in the text that it is. */
  cid: string | null;
  retry: () => void;
  cancel: () => void;
}

const NONE: readonly Upload[] = [];
const running = new Map<string, readonly Upload[]>();
const listeners = new Set<() => void>();
/** Pictures that are being written with, by content id. */
const previews = new Map<string, string>();
let ids = 0;
/** Which upload each blob came with: they arrive in another order than they were chosen in. */
const chosenAs = new Map<string, number>();

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function set(name: string, change: (all: readonly Upload[]) => readonly Upload[]): void {
  const next = change(running.get(name) ?? NONE);
  if (next.length > 0) running.set(name, next);
  else running.delete(name);
  // Only the browser can keep an agent from closing the page on a file that is half-way.
  if ([...running.values()].flat().some((each) => each.failed === null)) addEventListener('beforeunload', warn);
  else removeEventListener('beforeunload', warn);
  listeners.forEach((listener) => listener());
}

export interface Target {
  agent: string;
  key: DraftKey;
}

/** Send files into a draft. `cid`: it is the picture with this id in its text. */
export function addFiles(t: TFunction, { agent, key }: Target, files: Iterable<File>, cid: string | null = null): void {
  const name = `${agent} ${key}`;
  const chosen = [...files];
  const room = COUNT_MAX - readDraft(agent, key).attachments.length - (running.get(name) ?? NONE).length;
  const fail = (file: string, message: string) => notifications.show({ color: 'red', title: t('failed.upload', { name: file }), message });
  if (chosen.length > room) fail(chosen[Math.max(room, 0)]?.name ?? '', t('composer.tooMany', { max: COUNT_MAX }));
  for (const file of chosen.slice(0, Math.max(room, 0))) {
    if (file.size > SIZE_MAX) fail(file.name, t('problem.too_large'));
    else begin(t, { agent, key }, file, cid);
  }
}

function begin(t: TFunction, { agent, key }: Target, file: File, cid: string | null): void {
  const name = `${agent} ${key}`;
  const id = (ids += 1);
  if (cid) previews.set(cid, URL.createObjectURL(file));
  let abort = () => {};
  const edit = (fields: Partial<Upload>) => set(name, (all) => all.map((each) => (each.id === id ? { ...each, ...fields } : each)));
  // At once, or a file that has arrived would show twice for a moment.
  const gone = () => flushSync(() => set(name, (all) => all.filter((each) => each.id !== id)));
  const go = () => {
    const sent = upload(file, (share) => edit({ share }));
    abort = sent.abort;
    edit({ failed: null, share: 0 });
    sent.done
      .then((attachment) => {
        gone();
        const kept: Attachment = cid ? { ...attachment, content_id: cid, inline: true } : attachment;
        chosenAs.set(kept.blob, id);
        updateDraft(agent, key, (old) => ({ ...old, attachments: placed(old.attachments, kept, orderOf) }));
      })
      .catch((error: unknown) => {
        if (error instanceof DOMException) gone();
        else edit({ failed: problemText(t, error) });
      });
  };
  const cancel = () => {
    abort();
    gone();
  };
  set(name, (all) => [...all, { id, name: file.name, size: file.size, share: 0, failed: null, cid, retry: go, cancel }]);
  go();
}

function orderOf({ blob }: Attachment): number {
  return chosenAs.get(blob) ?? 0;
}

/** The attachments with one more, in the order in which they were chosen. */
export function placed(all: readonly Attachment[], one: Attachment, orderOf: (each: Attachment) => number): Attachment[] {
  const behind = all.findIndex((each) => orderOf(each) > orderOf(one));
  return all.toSpliced(behind < 0 ? all.length : behind, 0, one);
}

/** What is on its way into a draft, and what failed to get there. */
export function useRunning(agent: string, key: DraftKey): readonly Upload[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => running.get(`${agent} ${key}`) ?? NONE,
  );
}

/** Where the bytes of a picture in a draft's text are. */
export function pictureSource({ agent, key }: Target, cid: string): string | undefined {
  const kept = readDraft(agent, key).attachments.find((each) => each.content_id === cid);
  return previews.get(cid) ?? (kept && `/api/attachments/pictures/${kept.blob.replace('sha256/', '')}`);
}

/** Pictures that the text shows and nobody has. */
export function missingPictures(html: string | null, attachments: readonly Attachment[], uploads: readonly Upload[]): string[] {
  return picturesIn(html).filter((cid) => !attachments.some((each) => each.content_id === cid) && !uploads.some((each) => each.cid === cid));
}

/** Let files be dropped on a conversation: they belong to what is being written. */
export function useDropZone(conversationId: string) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const agent = me?.id ?? '';
  const add = useCallback(
    (files: Iterable<File>) => addFiles(t, { agent, key: draftKey(conversationId, modeNow(agent, conversationId)) }, files),
    [agent, conversationId, t],
  );
  return useDrop(add);
}

/** Handlers for an element on which files can be dropped. */
export function useDrop(add: (files: Iterable<File>) => void) {
  const [dragging, setDragging] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  const dropHandlers = {
    onDragOver: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDragging(true);
    },
    onDragLeave: (event: DragEvent<HTMLElement>) => {
      const into = event.relatedTarget;
      if (!(into instanceof Node) || !event.currentTarget.contains(into)) setDragging(false);
    },
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      setDragging(false);
      // The editor has put it into the text.
      if (event.isDefaultPrevented()) return;
      event.preventDefault();
      add(event.dataTransfer.files);
    },
  };
  return { dragging, dropHandlers };
}
