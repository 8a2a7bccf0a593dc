import { Editor } from '@tiptap/core';
import Blockquote from '@tiptap/extension-blockquote';
import Bold from '@tiptap/extension-bold';
import Document from '@tiptap/extension-document';
import HardBreak from '@tiptap/extension-hard-break';
import { BulletList, ListItem } from '@tiptap/extension-list';
import Paragraph from '@tiptap/extension-paragraph';
import Text from '@tiptap/extension-text';
import { UndoRedo } from '@tiptap/extensions';
import { expect, it } from 'vitest';
import { editorCorrectable, textOf } from './editorText';

const HTML =
  '<p>Hi 😀 <strong>Ann</strong>,</p><p></p><ul><li><p>we has <strong>recie</strong>ved</p></li><li><p>teh</p></li></ul>' +
  '<blockquote><p>one<br>two</p></blockquote>';

function editor(content = HTML): Editor {
  return new Editor({ extensions: [Document, Paragraph, Text, Bold, HardBreak, Blockquote, BulletList, ListItem], content });
}

it('reads a document as lines of text', () => {
  expect(textOf(editor().state.doc).text).toBe('Hi 😀 Ann,\n\nwe has recieved\nteh\none\ntwo');
});

it('finds the place of every unit again', () => {
  const { doc } = editor().state;
  const { text, toPos } = textOf(doc);
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\n') expect(doc.textBetween(toPos(at), toPos(at) + 1)).toBe(text[at]);
  }
});

it('replaces words, keeps their formatting', () => {
  const made = editor();
  const target = editorCorrectable(made);
  const replace = (old: string, fresh: string) => target.replace([{ offset: target.text().indexOf(old), original: old, replacement: fresh }]);
  replace('has', 'have');
  replace('Ann', 'Anna');
  replace('teh', 'the');
  replace('two', 'three');
  expect(target.text()).toBe('Hi 😀 Anna,\n\nwe have recieved\nthe\none\nthree');
  expect(made.getHTML()).toContain('<strong>Anna</strong>');
  expect(made.getHTML()).toContain('one<br>three');
});

it('inserts within a paragraph and at its end, and deletes', () => {
  const made = editor('<p>Yes it is</p><p>Bye</p>');
  const target = editorCorrectable(made);
  const replace = (offset: number, original: string, replacement: string) => target.replace([{ offset, original, replacement }]);
  replace(3, '', ',');
  replace('Yes, it is'.length, '', '.');
  replace(target.text().length, '', '!');
  replace(target.text().indexOf(' is'), ' is', '');
  expect(made.getHTML()).toBe('<p>Yes, it.</p><p>Bye!</p>');
  replace(0, '', 'Oh. ');
  expect(target.text()).toBe('Oh. Yes, it.\nBye!');
});

it('makes several changes one step to undo', () => {
  const made = new Editor({ extensions: [Document, Paragraph, Text, UndoRedo], content: '<p>Teh cup, teh bag</p>' });
  const target = editorCorrectable(made);
  target.replace([
    { offset: 9, original: 'teh', replacement: 'the other' },
    { offset: 0, original: 'Teh', replacement: 'The' },
  ]);
  expect(target.text()).toBe('The cup, the other bag');
  made.commands.undo();
  expect(target.text()).toBe('Teh cup, teh bag');
});
