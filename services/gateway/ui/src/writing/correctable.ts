/** What can be corrected: a plain field and a rich editor alike, seen as one text. Places count UTF-16 units. */
import type { Editor } from '@tiptap/core';
import { useMemo, useRef } from 'react';

export interface Correctable {
  /** The text as it is now. */
  text(): string;
  /** Put `replacement` where `length` units from `offset` are. What comes before and after stays as it is. */
  replace(offset: number, length: number, replacement: string): void;
  /** The editor that can show proposals inside its text; null: a plain field, which cannot. */
  editor(): Editor | null;
}

/** The correctable of a plain field: several changes in a row work on what the one before has left. */
export function usePlainText(value: string, onChange: (text: string) => void): Correctable {
  const latest = useRef({ value, onChange });
  latest.current = { value, onChange };
  return useMemo(
    () => ({
      editor: () => null,
      text: () => latest.current.value,
      replace: (offset, length, replacement) => {
        const { value: text, onChange: tell } = latest.current;
        const changed = text.slice(0, offset) + replacement + text.slice(offset + length);
        latest.current = { value: changed, onChange: tell };
        tell(changed);
      },
    }),
    [],
  );
}
