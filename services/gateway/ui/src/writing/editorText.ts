/** A rich document as plain text, and the way back from a place in the text to a place in the document. */
import type { Editor } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import type { Correctable } from './correctable';

/** Stands for a picture or another thing without a text, so that the words beside it are not one word. */
const THING = '\uFFFC';

export interface EditorText {
  text: string;
  /** The place in the document of the unit at `offset`; at the end, the place behind the last one. */
  toPos(offset: number): number;
}

/** Paragraphs and line breaks become new lines. */
export function textOf(doc: Node): EditorText {
  let text = '';
  const places: number[] = [];
  const add = (part: string, from: number, step: number) => {
    for (let at = 0; at < part.length; at++) places.push(from + at * step);
    text += part;
  };
  doc.descendants((node, pos) => {
    if (node.isText) add(node.text ?? '', pos, 1);
    else if (node.type.name === 'hardBreak') add('\n', pos, 0);
    else if (node.isInline) add(THING, pos, 0);
    else if (node.isTextblock && text) add('\n', pos, 0);
  });
  return {
    text,
    toPos: (offset) => places[offset] ?? endOf(doc),
  };
}

/** Where text behind the last character belongs: at the end of the last block that can hold text. */
function endOf(doc: Node): number {
  let end = doc.content.size;
  doc.descendants((node, pos) => {
    if (node.isTextblock) end = pos + 1 + node.content.size;
  });
  return end;
}

/** Where `length` units from `offset` are in the document. */
export function rangeOf({ toPos }: EditorText, offset: number, length: number): { from: number; to: number } {
  // Behind the unit before, not in front of the unit after: those differ at the end of a paragraph.
  const from = offset > 0 && length === 0 ? toPos(offset - 1) + 1 : toPos(offset);
  return { from, to: length === 0 ? from : toPos(offset + length - 1) + 1 };
}

/** The correctable of a Tiptap editor. A change keeps the formatting of what it replaces, and can be undone. */
export function editorCorrectable(editor: Editor): Correctable {
  return {
    editor: () => editor,
    text: () => textOf(editor.state.doc).text,
    replace: (edits) => {
      const change = editor.state.tr;
      for (const { offset, original, replacement } of edits) {
        const { from, to } = rangeOf(textOf(change.doc), offset, original.length);
        if (replacement) change.insertText(replacement, from, to);
        else change.delete(from, to);
      }
      editor.view.dispatch(change);
    },
  };
}
