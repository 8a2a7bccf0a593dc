import { IconDownload, IconFile, IconFileText, IconFileZip, IconPhoto, type TablerIcon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { AttachmentView } from '@/api/types';
import { useFormat } from '@/app/format';
import classes from './Attachments.module.css';

const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export function fileIcon(mediaType: string): TablerIcon {
  if (mediaType.startsWith('image/')) return IconPhoto;
  if (/zip|tar|rar|7z|compressed/.test(mediaType)) return IconFileZip;
  return /pdf|text|word|sheet|document/.test(mediaType) ? IconFileText : IconFile;
}

/** The files of a message. Those that are shown inside its text are not listed again. */
export function Attachments({ items }: { items: readonly AttachmentView[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const listed = items.filter((each) => !each.inline);
  if (listed.length === 0) return null;
  return (
    <ul className={classes.list} aria-label={t('list.attachments', { count: listed.length })}>
      {listed.map((each) => {
        const Icon = fileIcon(each.media_type);
        return (
          <li key={each.url + each.filename}>
            <a href={each.url} download={each.filename} className={classes.file}>
              {PICTURES.includes(each.media_type) ? (
                <img src={`${each.url}?inline=1`} alt="" className={classes.thumb} loading="lazy" />
              ) : (
                <span className={classes.icon}>
                  <Icon size={18} stroke={1.5} aria-hidden />
                </span>
              )}
              <span className={classes.name}>
                <span dir="auto" className="n-clip" title={each.filename}>
                  {each.filename}
                </span>
                <span className={classes.size}>{format.bytes(each.size)}</span>
              </span>
              <IconDownload size={15} stroke={1.6} className={classes.download} aria-hidden />
            </a>
          </li>
        );
      })}
    </ul>
  );
}
