import { ActionIcon, Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots, IconFileCode, IconLink, IconPhotoOff, IconRobot, IconScissors } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, ContactPoint, MessageItem } from '@/api/types';
import { copyLink } from '@/app/clipboard';
import { useFormat } from '@/app/format';
import { ChannelIcon, contactName, Initials, useAgentName } from '@/app/people';
import { ForwardItems } from '@/compose/ForwardItems';
import { HeldLine } from '@/compose/HeldLine';
import { Attachments } from './Attachments';
import { perform } from './commands';
import { Delivery } from './Delivery';
import { Capped, QuoteButton } from './Folded';
import { linkTo } from './links';
import { MailFrame } from './MailFrame';
import classes from './MessageCard.module.css';
import { MessageMarks } from './MessageMarks';

/** One message: a card for mail and forms, a bubble for chat and social channels. */
export function MessageCard({ message, row }: { message: MessageItem; row: Conversation }) {
  const { t } = useTranslation();
  const agentName = useAgentName();
  const [pictures, setPictures] = useState(false);
  const outbound = message.direction === 'outbound';
  const ours = message.agent_id ? agentName(message.agent_id) : t('actor.system');
  const author = outbound ? ours : contactName(message.author ?? row.contact);
  const mail = message.channel === 'email' || message.channel === 'form';
  return (
    <article className={classes.card} data-outbound={outbound} data-bubble={!mail} aria-label={author}>
      <Head row={row} message={message} author={author} mail={mail} seed={outbound ? (message.agent_id ?? '') : (message.author ?? row.contact).value} />
      <MessageMarks message={message} />
      <Body message={message} pictures={pictures} />
      <Attachments items={message.attachments} />
      <Hints message={message} pictures={pictures} onPictures={() => setPictures(true)} />
      {outbound && message.delivery ? <Fate message={message} row={row} /> : null}
      {message.scheduled_at ? <HeldLine message={message} row={row} /> : null}
    </article>
  );
}

interface HeadProps {
  row: Conversation;
  message: MessageItem;
  author: string;
  mail: boolean;
  seed: string;
}

function Head({ row, message, author, mail, seed }: HeadProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes.head}>
      <Initials name={author} seed={seed} size={mail ? 30 : 24} />
      <div className={classes.who}>
        <div className={classes.author}>
          <strong dir="auto" className="n-clip">{author}</strong>
          {message.direction === 'inbound' && message.author?.name && mail ? <span className="n-clip">{message.author.value}</span> : null}
        </div>
        {mail ? <Recipients message={message} /> : null}
      </div>
      <ChannelIcon channel={message.channel} />
      <time className={classes.time} dateTime={message.at} title={format.absolute(message.at)}>
        {format.time(message.at)}
      </time>
      <Menu>
        <Menu.Target>
          <ActionIcon size={26} aria-label={t('message.more')}>
            <IconDots size={16} stroke={1.6} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ForwardItems message={message} row={row} />
          <Menu.Item leftSection={<IconLink size={15} stroke={1.6} />} onClick={() => void copyLink(linkTo(row.id, message.id))}>
            {t('action.copyMessageLink')}
          </Menu.Item>
          {message.raw_url ? (
            <Menu.Item component="a" href={message.raw_url} download leftSection={<IconFileCode size={15} stroke={1.6} />}>
              {t('message.raw')}
            </Menu.Item>
          ) : null}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function Recipients({ message }: { message: MessageItem }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const given = (['to', 'cc', 'bcc'] as const).filter((field) => message[field].length > 0);
  if (given.length === 0) return null;
  const line = (nameOf: (point: ContactPoint) => string, most = Infinity) =>
    given.map((field) => t(`message.${field}`, { names: message[field].slice(0, most).map(nameOf).join(', ') })).join(' · ');
  const count = given.reduce((sum, field) => sum + message[field].length, 0);
  const more = given.reduce((sum, field) => sum + Math.max(0, message[field].length - FEW), 0);
  return (
    <div className={classes.to}>
      <span title={line((each) => each.value)}>{all ? line(fullName) : line(contactName, FEW)}</span>
      {more > 0 ? (
        <button type="button" aria-expanded={all} aria-label={all ? undefined : t('message.allRecipients', { count })} onClick={() => setAll(!all)}>
          {all ? t('message.showLess') : `+${more}`}
        </button>
      ) : null}
    </div>
  );
}

/** So many of each kind of recipients are named at first. */
const FEW = 2;

function fullName({ name, value }: ContactPoint): string {
  return name ? `${name} <${value}>` : value;
}

function Body({ message, pictures }: { message: MessageItem; pictures: boolean }) {
  const { t } = useTranslation();
  if (message.html !== null) return <MailFrame html={message.html} title={t('message.frame')} pictures={pictures} />;
  if (!message.text.trim()) return <p className={classes.none}>{t('message.empty')}</p>;
  return <PlainText text={message.text} quoted={message.quoted ?? null} />;
}

const LINK = /\bhttps?:\/\/[^\s<>"')\]]+/g;

function PlainText({ text, quoted }: { text: string; quoted: string | null }) {
  const [open, setOpen] = useState(false);
  return (
    <div dir="auto" className={classes.text}>
      <Capped>
        <Linked text={text} />
      </Capped>
      {quoted ? <QuoteButton open={open} onToggle={() => setOpen(!open)} /> : null}
      {quoted && open ? (
        <div dir="auto" className={classes.quote}>
          <Capped>
            <Linked text={quoted} />
          </Capped>
        </div>
      ) : null}
    </div>
  );
}

/** Addresses in plain text as links. */
function Linked({ text }: { text: string }) {
  const links = [...text.matchAll(LINK)];
  let at = 0;
  const parts = links.map((link) => {
    const before = text.slice(at, link.index);
    at = link.index + link[0].length;
    return (
      <span key={link.index}>
        {before}
        <a href={link[0]} target="_blank" rel="noopener noreferrer">
          {link[0]}
        </a>
      </span>
    );
  });
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}

interface HintsProps {
  message: MessageItem;
  pictures: boolean;
  onPictures: () => void;
}

function Hints({ message, pictures, onPictures }: HintsProps) {
  const { t } = useTranslation();
  const hints = [
    message.remote_content_blocked && !pictures ? { icon: IconPhotoOff, text: t('message.blocked'), act: onPictures } : null,
    message.truncated ? { icon: IconScissors, text: t('message.truncated') } : null,
    message.automatic && message.direction === 'inbound' ? { icon: IconRobot, text: t('message.automatic') } : null,
  ].filter((each) => each !== null);
  if (hints.length === 0) return null;
  return (
    <div className={classes.hints}>
      {hints.map(({ icon: Icon, text, act }) => (
        <span key={text}>
          <Icon size={14} stroke={1.6} aria-hidden /> {text}
          {act ? (
            <button type="button" onClick={act}>
              {t('message.showPictures')}
            </button>
          ) : null}
        </span>
      ))}
    </div>
  );
}

const CAN_RETRY = ['failed', 'bounced', 'unconfirmed'];

function Fate({ message, row }: { message: MessageItem; row: Conversation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    if (await perform(client, t, row, { name: 'retry-delivery', message_id: message.id })) {
      notifications.show({ message: t('done.retry-delivery') });
    }
    setBusy(false);
  };
  if (!message.delivery) return null;
  return (
    <div className={classes.fate}>
      <Delivery state={message.delivery} reason={message.delivery_reason} missed={message.undelivered_to} />
      {CAN_RETRY.includes(message.delivery) || message.undelivered_to.length > 0 ? (
        <Button size="compact-xs" variant="default" loading={busy} onClick={() => void retry()}>
          {t('delivery.retry')}
        </Button>
      ) : null}
    </div>
  );
}
