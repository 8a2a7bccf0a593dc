/** What the composer can do with a text, whether it is written in a plain field or in the editor. */
import type { Correctable } from '@/writing/correctable';

export interface Pen extends Correctable {
  focus(): void;
  /** What stands in the line before the caret. */
  before(): string;
  /** Put this in place of so many characters before the caret. */
  insert(content: { text: string; html: string | null }, instead: number): void;
  /** Hand over what is written now. */
  flush(): void;
}

/** The pen of a plain field. `write` gets the new text. */
export function fieldPen(field: () => HTMLTextAreaElement | null, text: Correctable, write: (text: string) => void): Pen {
  return {
    ...text,
    focus: () => field()?.focus(),
    before: () => {
      const area = field();
      if (!area || area.selectionStart !== area.selectionEnd) return '';
      const before = area.value.slice(0, area.selectionStart);
      return before.slice(before.lastIndexOf('\n') + 1);
    },
    insert: (content, instead) => {
      const area = field();
      if (!area) return;
      const at = area.selectionStart;
      area.focus();
      area.setSelectionRange(at - instead, at);
      // The browser's own way to type, which its own undo takes back.
      if (document.execCommand('insertText', false, content.text)) return;
      area.setRangeText(content.text, at - instead, at, 'end');
      write(area.value);
    },
    flush: () => undefined,
  };
}
