/** A message as it is quoted below what is said when it is passed on. Pure functions. */
import type { ContactPoint, MessageItem } from '@/api/types';
import { escapeHtml, textToHtml, toMail } from './html';

export interface ForwardWords {
  title: string;
  from: string;
  date: string;
  subject: string;
  to: string;
  cc: string;
}

function named({ name, value }: ContactPoint): string {
  return name && name !== value ? `${name} <${value}>` : value;
}

/** The lines above the message: who wrote it, when, to whom. */
export function headLines(message: Pick<MessageItem, 'subject' | 'to' | 'cc'>, author: string, date: string, words: ForwardWords): string[] {
  return [
    `---------- ${words.title} ----------`,
    `${words.from}: ${author}`,
    `${words.date}: ${date}`,
    ...(message.subject ? [`${words.subject}: ${message.subject}`] : []),
    ...(message.to.length ? [`${words.to}: ${message.to.map(named).join(', ')}`] : []),
    ...(message.cc.length ? [`${words.cc}: ${message.cc.map(named).join(', ')}`] : []),
  ];
}

export function authorLine(contact: ContactPoint): string {
  return named(contact);
}

/** The message below the text of a forward, as plain text and as HTML. Its pictures are named as its files are. */
export function forwarded(
  message: Pick<MessageItem, 'subject' | 'to' | 'cc' | 'text' | 'quoted' | 'html' | 'attachments'>,
  author: string,
  date: string,
  words: ForwardWords,
): { text: string; html: string } {
  const head = headLines(message, author, date, words);
  const text = [message.text, message.quoted].filter(Boolean).join('\n\n');
  const body = message.html === null ? toMail(textToHtml(text)) : withContentIds(message.html, message.attachments);
  return {
    text: `${head.join('\n')}\n\n${text}`,
    html: `<div><br></div><div>${head.map(escapeHtml).join('<br>')}</div><div><br></div><div>${body}</div>`,
  };
}

/** On screen a picture is a path of the gateway; in a mail it is the content id of a file. */
function withContentIds(html: string, attachments: MessageItem['attachments']): string {
  const body = new DOMParser().parseFromString(html, 'text/html').body;
  for (const picture of body.querySelectorAll('img')) {
    const path = picture.getAttribute('src')?.replace(/\?.*$/, '');
    const file = attachments.find((each) => each.url === path && each.content_id);
    if (file) picture.setAttribute('src', `cid:${file.content_id}`);
    else if (path?.startsWith('/')) picture.remove();
  }
  return body.innerHTML;
}
