/** A text under review: the proposals that are left, what was done, and what each step makes of both. Pure. */
import type { components } from '@/api/schema';

export type Correction = components['schemas']['Correction'];

export interface Mark extends Correction {
  id: number;
}

/** A change that was made, enough to make it undone. */
export interface Edit {
  offset: number;
  original: string;
  replacement: string;
}

export interface Review {
  text: string;
  /** In the order of the text, none overlapping another. */
  marks: readonly Mark[];
  /** In the order in which they were made. */
  done: readonly Edit[];
}

/** A review of what was found. Proposals that are not about this text, or change its lines, are left out. */
export function reviewOf(text: string, corrections: readonly Correction[]): Review {
  const marks: Mark[] = [];
  let free = 0;
  for (const each of [...corrections].sort((a, b) => a.offset - b.offset)) {
    const end = each.offset + each.length;
    if (each.offset < free || text.slice(each.offset, end) !== each.original) continue;
    if (each.original.includes('\n') || each.replacements.some((value) => value.includes('\n'))) continue;
    marks.push({ ...each, id: marks.length });
    free = end;
  }
  return { text, marks, done: [] };
}

/** Take a proposal, by default the best one. Marks behind it move along. */
export function accept(review: Review, id: number, choice = 0): Review {
  const mark = review.marks.find((each) => each.id === id);
  const replacement = mark?.replacements[choice];
  if (!mark || replacement === undefined) return review;
  const edit = { offset: mark.offset, original: mark.original, replacement };
  const shift = replacement.length - mark.length;
  return {
    text: review.text.slice(0, mark.offset) + replacement + review.text.slice(mark.offset + mark.length),
    marks: review.marks
      .filter((each) => each.id !== id)
      .map((each) => (each.offset > mark.offset ? { ...each, offset: each.offset + shift } : each)),
    done: [...review.done, edit],
  };
}

/** Take all proposals that are left and that the corrector stands by; the others are looked at one by one. */
export function acceptAll(review: Review): Review {
  return review.marks.filter((each) => each.sure).reduceRight((left, mark) => accept(left, mark.id), review);
}

/** Leave the text as it is at this place. */
export function reject(review: Review, id: number): Review {
  return { ...review, marks: review.marks.filter((each) => each.id !== id) };
}

/** Somebody changed the text meanwhile: marks in the changed part are gone, those behind it move along. */
export function edited(review: Review, text: string): Review {
  const before = sharedStart(review.text, text);
  const after = sharedEnd(review.text, text, before);
  const from = review.text.length - after;
  const shift = text.length - review.text.length;
  return {
    text,
    marks: review.marks.flatMap((each) => {
      if (each.offset + each.length <= before) return [each];
      return each.offset >= from && after > 0 ? [{ ...each, offset: each.offset + shift }] : [];
    }),
    done: [],
  };
}

function sharedStart(one: string, other: string): number {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count++;
  return count;
}

function sharedEnd(one: string, other: string, start: number): number {
  let count = 0;
  const most = Math.min(one.length, other.length) - start;
  while (count < most && one[one.length - 1 - count] === other[other.length - 1 - count]) count++;
  return count;
}

/** The changes that make everything undone, in the order in which to make them. */
export function undoing(done: readonly Edit[]): Edit[] {
  return done
    .map((each) => ({ offset: each.offset, original: each.replacement, replacement: each.original }))
    .reverse();
}

export type Segment = { mark: Mark } | { text: string; at: number };

/** The text in pieces, to be shown with its marks. */
export function segments(review: Review): Segment[] {
  const found: Segment[] = [];
  let at = 0;
  for (const mark of review.marks) {
    if (mark.offset > at) found.push({ text: review.text.slice(at, mark.offset), at });
    found.push({ mark });
    at = mark.offset + mark.length;
  }
  if (at < review.text.length) found.push({ text: review.text.slice(at), at });
  return found;
}

/** The mark to go to from `id`: the next one or, at the end, the first one again; with -1 the other way. */
export function neighbour(review: Review, id: number | null, step: 1 | -1): number | null {
  const ids = review.marks.map((each) => each.id);
  if (ids.length === 0) return null;
  const at = id === null ? -1 : ids.indexOf(id);
  if (at === -1) return ids[step === 1 ? 0 : ids.length - 1] ?? null;
  return ids[(at + step + ids.length) % ids.length] ?? null;
}

/** Blanks that go or come, made visible. */
export function visible(text: string): string {
  return text.trim() ? text : text.replaceAll(/\s/g, '␣');
}
