import { Editor } from '@tiptap/core';
import Bold from '@tiptap/extension-bold';
import Document from '@tiptap/extension-document';
import Paragraph from '@tiptap/extension-paragraph';
import Text from '@tiptap/extension-text';
import { expect, it } from 'vitest';
import { editorCorrectable, textOf } from './editorText';
import { inText, inTextKey, placed } from './inText';
import { accept, type Correction, type Review, reviewOf } from './review';

const HTML = '<p>We <strong>ha</strong>s it</p><p>teh end , bye</p>';

function begin() {
  const editor = new Editor({ extensions: [Document, Paragraph, Text, Bold], content: HTML });
  const { text } = textOf(editor.state.doc);
  const correction = (original: string, best: string): Correction => ({
    offset: text.indexOf(original), length: original.length, original, replacements: [best], message: '', category: 'grammar', sure: true,
  }); // prettier-ignore
  const insertion: Correction = { ...correction('', '.'), offset: text.length };
  return { editor, review: reviewOf(text, [correction('has', 'have'), correction('teh', 'the'), correction(' ,', ','), insertion]) };
}

function marked(editor: Editor, review: Review): string[] {
  return placed(editor.state.doc, review).map(({ mark, from, to }) => `${editor.state.doc.textBetween(from, to)}>${mark.replacements[0]}`);
}

it('finds every mark in the document, also in one that is ahead of the review', () => {
  const { editor, review } = begin();
  expect(marked(editor, review)).toEqual(['has>have', 'teh>the', ' ,>,', '>.']);
  editor.commands.insertContentAt(1, 'Yes! ');
  expect(marked(editor, review)).toEqual(['has>have', 'teh>the', ' ,>,', '>.']);
  editor.commands.setContent('<p>Another text</p>');
  expect(marked(editor, review)).toEqual([]);
});

it('draws what goes and what comes, and neither is part of the text', () => {
  const { editor, review } = begin();
  const shown = { review, active: 1 };
  const taken: number[] = [];
  editor.registerPlugin(inText(() => shown, { onTake: (id) => taken.push(id), onKey: () => false }));
  const find = (what: string) => [...editor.view.dom.querySelectorAll<HTMLElement>(what)];
  const words = (what: string) => find(what).map((each) => each.textContent);
  expect(words('del[data-mark]')).toEqual(['ha', 's', 'teh', ' ,']);
  expect(words('ins[data-mark]')).toEqual(['have', 'the', ',', '.']);
  expect(words('[data-active]')).toEqual(['teh', 'the']);
  expect(editor.getHTML()).toBe(HTML);
  expect(editorCorrectable(editor).text()).toBe('We has it\nteh end , bye');

  find('ins[data-mark="1"]')[0]?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }));
  expect(taken).toEqual([1]);
  editorCorrectable(editor).replace([{ offset: 10, original: 'teh', replacement: 'the' }]);
  shown.review = accept(review, 1);
  editor.view.updateState(editor.state);
  expect(words('del[data-mark]')).toEqual(['ha', 's', ' ,']);

  editor.unregisterPlugin(inTextKey);
  expect(words('[data-mark]')).toEqual([]);
});
