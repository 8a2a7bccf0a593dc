/** What can be corrected: a plain field and a rich editor alike, seen as one text. Places count UTF-16 units. */
import type { Editor } from '@tiptap/core';
import { useMemo, useRef } from 'react';
import type { Edit } from './review';

export interface Correctable {
  /** The text as it is now. */
  text(): string;
  /** Make these changes one after another, each in what the one before has left. Undoing undoes them together. */
  replace(edits: readonly Edit[]): void;
  /** The editor that can show proposals inside its text; null: a plain field, which cannot. */
  editor(): Editor | null;
}

/** The correctable of a plain field. */
export function usePlainText(value: string, onChange: (text: string) => void): Correctable {
  const latest = useRef({ value, onChange });
  latest.current = { value, onChange };
  return useMemo(
    () => ({
      editor: () => null,
      text: () => latest.current.value,
      replace: (edits) => {
        const { value: text, onChange: tell } = latest.current;
        const changed = edits.reduce((left, { offset, original, replacement }) => left.slice(0, offset) + replacement + left.slice(offset + original.length), text);
        latest.current = { value: changed, onChange: tell };
        tell(changed);
      },
    }),
    [],
  );
}
