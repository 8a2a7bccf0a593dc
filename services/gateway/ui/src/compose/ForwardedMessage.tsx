import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, MessageItem, Timeline } from '@/api/types';
import { useFormat } from '@/app/format';
import { useAgentName } from '@/app/people';
import { fileIcon } from '@/conversation/Attachments';
import { timelineOptions } from '@/conversation/queries';
import { authorLine, forwarded } from './forward';
import classes from './ForwardedMessage.module.css';

const items = (data: InfiniteData<Timeline>) => data.pages.flatMap((page) => page.items);

/** The message that is passed on, and how it goes below the text; undefined until it is loaded. */
export function useForwarded(row: Conversation, messageId: string | null) {
  const { t } = useTranslation();
  const format = useFormat();
  const agentName = useAgentName();
  const { data, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({ ...timelineOptions(row.id), select: items });
  const message = data?.find((item): item is MessageItem => item.kind === 'message' && item.id === messageId);
  const missing = messageId !== null && data !== undefined && !message && hasNextPage && !isFetching;
  useEffect(() => {
    if (missing) void fetchNextPage();
  }, [missing, fetchNextPage]);
  const below = useMemo(() => {
    if (!message) return undefined;
    const words = {
      title: t('forward.title'), from: t('forward.from'), date: t('forward.date'), subject: t('forward.subject'), to: t('recipients.to'), cc: t('recipients.cc'),
    }; // prettier-ignore
    const author = message.direction === 'inbound' ? authorLine(message.author ?? row.contact) : `${agentName(message.agent_id)} <${row.account}>`;
    return forwarded(message, author, format.absolute(message.at), words);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- names and formats follow the language, which `t` stands for
  }, [message, t]);
  return { message, below };
}

/** What goes along, folded. */
export function ForwardedMessage({ message, text }: { message: MessageItem; text: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const files = message.attachments.filter((each) => !each.inline);
  return (
    <div className={classes.forwarded}>
      <button type="button" className={classes.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
        {t(open ? 'forward.hide' : 'forward.show')}
      </button>
      {open ? <div dir="auto" className={`${classes.text} n-scroll`}>{text}</div> : null}
      {files.length > 0 ? (
        <ul className={classes.files} aria-label={t('forward.files')}>
          {files.map((file) => {
            const Icon = fileIcon(file.media_type);
            return (
              <li key={file.url}>
                <Icon size={14} stroke={1.6} aria-hidden /> <span dir="auto" className="n-clip">{file.filename}</span> {format.bytes(file.size)}
              </li>
            );
          })}
        </ul>
      ) : null}
    </div>
  );
}
