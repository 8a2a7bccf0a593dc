/** How people and channels look: initials, names, icons. */
import {
  IconBrandInstagram,
  IconBrandMessenger,
  IconBrandWhatsapp,
  IconForms,
  IconMail,
  IconMessageCircle,
  IconPhone,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Channel, ContactPoint } from '@/api/types';
import { agentsOptions } from '@/conversation/queries';
import classes from './people.module.css';
import { Tooltip } from './Tooltip';

const ICONS = {
  email: IconMail,
  whatsapp: IconBrandWhatsapp,
  messenger: IconBrandMessenger,
  instagram: IconBrandInstagram,
  chat: IconMessageCircle,
  form: IconForms,
  voice: IconPhone,
} satisfies Record<Channel, unknown>;

export function ChannelIcon({ channel, size = 14 }: { channel: Channel; size?: number }) {
  const { t } = useTranslation();
  const Icon = ICONS[channel];
  return (
    <Tooltip label={t(`channel.${channel}`)}>
      <Icon size={size} stroke={1.7} aria-label={t(`channel.${channel}`)} role="img" className={classes.channel} />
    </Tooltip>
  );
}

/** What to call the person behind a contact point. */
export function contactName(contact: ContactPoint): string {
  return contact.name?.trim() || contact.value;
}

export function initials(name: string): string {
  const words = name.replace(/@.*/, '').split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0]?.[0], words.at(-1)?.[0]] : [...(words[0] ?? '?')].slice(0, 2);
  return letters.join('').toLocaleUpperCase();
}

function hue(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return sum;
}

/** Initials on a quiet ground. The hue only helps to tell people apart; the name is always beside or in the title. */
export function Initials({ name, seed = name, size = 22, title }: { name: string; seed?: string; size?: number; title?: string }) {
  return (
    <span
      className={classes.initials}
      style={{ '--hue': hue(seed), width: size, height: size, fontSize: Math.round(size * 0.4) }}
      title={title}
      aria-hidden={title === undefined}
      role={title === undefined ? undefined : 'img'}
      aria-label={title}
      // Drawn by the style sheet: letters that are nobody's name should not be read out.
      data-letters={initials(name)}
    />
  );
}

/** Agents' names by id. An id that nobody has any more is called "former colleague". */
export function useAgentName(): (id: string | null | undefined) => string {
  const { t } = useTranslation();
  const { data } = useQuery(agentsOptions);
  return (id) => (id ? (data?.find((agent) => agent.id === id)?.name ?? (data ? t('agent.former') : '…')) : t('agent.nobody'));
}
