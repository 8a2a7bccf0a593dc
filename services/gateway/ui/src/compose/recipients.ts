/** Mail addresses as people type and paste them. */
import type { ContactPoint } from '@/api/types';

const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+\.[^\s@<>,;:"()[\]\\.]{2,}$/;
const ADDRESS_MAX = 320;

export function isAddress(text: string): boolean {
  return text.length <= ADDRESS_MAX && ADDRESS.test(text) && !text.includes('..');
}

export interface Parsed {
  points: ContactPoint[];
  /** What is no address, as it was typed. */
  bad: string[];
}

/** `Ann <ann@a.pl>, "Nowak, Ola" <ola@b.pl>; jan@c.pl`: commas, semicolons and new lines part them, or spaces. */
export function parseRecipients(text: string): Parsed {
  const points: ContactPoint[] = [];
  const bad: string[] = [];
  for (const part of parts(text)) {
    const named = /^(.*?)\s*<\s*(?:mailto:)?([^<>]*?)\s*>$/.exec(part);
    const words = named ? [named[2] ?? ''] : part.split(/\s+/);
    if (!named && !words.every((word) => isAddress(word.replace(/^mailto:/i, '')))) {
      bad.push(part);
      continue;
    }
    for (const word of words) {
      const value = word.replace(/^mailto:/i, '').toLowerCase();
      if (isAddress(value)) points.push(point(value, named?.[1]));
      else bad.push(part);
    }
  }
  return { points: unique(points), bad };
}

function parts(text: string): string[] {
  const found: string[] = [];
  let part = '';
  let quoted = false;
  for (const letter of text) {
    if (letter === '"') quoted = !quoted;
    if (!quoted && /[,;\n\r\t]/.test(letter)) {
      found.push(part);
      part = '';
    } else part += letter;
  }
  return [...found, part].map((each) => each.trim()).filter(Boolean);
}

export function point(value: string, name?: string | null): ContactPoint {
  const clean = name?.trim().replace(/^["']|["']$/g, '').replace(/\\(.)/g, '$1').trim().slice(0, 200);
  return { kind: 'email', value, name: clean && clean.toLowerCase() !== value ? clean : null };
}

/** Each address once, the first one stays. */
export function unique(points: readonly ContactPoint[]): ContactPoint[] {
  return [...new Map(points.toReversed().map((each) => [each.value, each])).values()].reverse();
}

export function without(points: readonly ContactPoint[], value: string): ContactPoint[] {
  return points.filter((each) => each.value !== value);
}

/** To whom a mail goes. */
export interface Recipients {
  to: readonly ContactPoint[];
  cc: readonly ContactPoint[];
}

/** To whom an answer goes: as the server says (`reply`), until the agent chooses. Who has chosen nobody means it. */
export function chosen({ to, cc }: Recipients, reply: Recipients, touched: boolean): Recipients {
  if (touched || to.length > 0) return { to, cc };
  return { to: reply.to, cc: cc.length > 0 ? cc : reply.cc };
}

/** Whether a mail that is begun goes to others than this one, who would get words that were meant for them. */
export function isForOthers({ to }: Pick<Recipients, 'to'>, someone: ContactPoint): boolean {
  return to.length > 0 && !to.some((each) => each.value === someone.value);
}

export function sameRecipients(one: readonly ContactPoint[], other: readonly ContactPoint[]): boolean {
  const keys = (points: readonly ContactPoint[]) => JSON.stringify(points.map((each) => each.value).sort());
  return keys(one) === keys(other);
}
