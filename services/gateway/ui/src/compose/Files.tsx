import { ActionIcon, FileButton, Progress } from '@mantine/core';
import { IconAlertTriangle, IconPaperclip, IconRefresh, IconX } from '@tabler/icons-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/app/format';
import { Tooltip } from '@/app/Tooltip';
import { fileIcon } from '@/conversation/Attachments';
import type { Draft } from '@/conversation/draft';
import { COUNT_MAX, SIZE_MAX, type Upload } from '@/conversation/uploads';
import classes from './Files.module.css';

interface Props {
  draft: Draft;
  change: (fields: Partial<Draft>) => void;
  running: readonly Upload[];
}

/** What goes along with a message: what is there, what is on its way, what failed. Pictures in the text show there. */
export function Files({ draft, change, running }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const files = draft.attachments.filter((each) => !each.inline);
  if (files.length + running.length === 0) return null;
  return (
    <ul className={classes.files} aria-label={t('composer.files')}>
      {files.map((each, index) => {
        const Icon = fileIcon(each.media_type);
        return (
          <li key={`${each.blob} ${index}`}>
            <Icon size={15} stroke={1.6} aria-hidden />
            <span className="n-clip">{each.filename}</span>
            <span className={classes.size}>{format.bytes(each.size)}</span>
            <Remove name={each.filename} onClick={() => change({ attachments: draft.attachments.filter((other) => other !== each) })} />
          </li>
        );
      })}
      {running.map((each) => (
        <li key={each.id} data-failed={each.failed !== null}>
          {each.failed === null ? null : <IconAlertTriangle size={15} stroke={1.6} aria-hidden />}
          <span className="n-clip">{each.name}</span>
          {each.failed === null ? (
            <Progress value={each.share * 100} w={70} size="sm" aria-label={t('composer.uploading', { name: each.name })} />
          ) : (
            <>
              <span className={classes.reason} role="alert" title={each.failed}>
                {t('composer.uploadFailed')}
              </span>
              <Tooltip label={t('composer.retryFile', { name: each.name })}>
                <ActionIcon size={20} aria-label={t('composer.retryFile', { name: each.name })} onClick={each.retry}>
                  <IconRefresh size={13} />
                </ActionIcon>
              </Tooltip>
            </>
          )}
          <Remove name={each.name} onClick={each.cancel} />
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

export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
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
        <Tooltip label={t('composer.attachHint', { max: COUNT_MAX, size: format.bytes(SIZE_MAX) })}>
          <ActionIcon {...props} aria-label={t('composer.attach')}>
            <IconPaperclip size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      )}
    </FileButton>
  );
}
