/** Files on their way to the server: by button, by drop, by paste. Finished ones are in the draft. */
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { type DragEvent, useCallback, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { upload } from '@/api/client';
import { problemText } from '@/app/problems';
import { useDraft } from './drafts';
import { sessionOptions } from './queries';

export const SIZE_MAX = 20 * 1024 * 1024;
export const COUNT_MAX = 20;

export interface Upload {
  key: number;
  name: string;
  size: number;
  share: number;
  abort: () => void;
}

export type Uploads = ReturnType<typeof useUploads>;

export function useUploads(conversationId: string) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionOptions);
  const { draft, change } = useDraft(me?.id ?? '', conversationId);
  const [running, setRunning] = useState<readonly Upload[]>([]);
  const [dragging, setDragging] = useState(false);
  const next = useRef(0);
  const latest = useRef(running);
  latest.current = running;
  useEffect(() => () => latest.current.forEach((each) => each.abort()), []);

  const fail = useCallback(
    (name: string, message: string) => notifications.show({ color: 'red', title: t('failed.upload', { name }), message }),
    [t],
  );

  const add = useCallback(
    (files: Iterable<File>) => {
      const room = COUNT_MAX - draft.attachments.length - latest.current.length;
      const chosen = [...files];
      if (chosen.length > room) fail(chosen[room]?.name ?? '', t('composer.tooMany', { max: COUNT_MAX }));
      for (const file of chosen.slice(0, Math.max(room, 0))) {
        if (file.size > SIZE_MAX) {
          fail(file.name, t('problem.too_large'));
          continue;
        }
        const key = (next.current += 1);
        const edit = (fields: Partial<Upload>) =>
          setRunning((all) => all.map((each) => (each.key === key ? { ...each, ...fields } : each)));
        const { done, abort } = upload(file, (share) => edit({ share }));
        setRunning((all) => [...all, { key, name: file.name, size: file.size, share: 0, abort }]);
        // At once, or a file that has arrived would show twice for a moment.
        const gone = () => flushSync(() => setRunning((all) => all.filter((each) => each.key !== key)));
        done
          .then((attachment) => {
            gone();
            change((old) => ({ attachments: [...old.attachments, attachment] }));
          })
          .catch((error: unknown) => {
            gone();
            if (!(error instanceof DOMException)) fail(file.name, problemText(t, error));
          });
      }
    },
    [change, draft.attachments.length, fail, t],
  );

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
      event.preventDefault();
      setDragging(false);
      change({ mode: 'reply' });
      add(event.dataTransfer.files);
    },
  };
  return { running, dragging, add, dropHandlers };
}
