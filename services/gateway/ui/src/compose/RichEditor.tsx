import { Editor } from '@tiptap/core';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newId } from '@/app/ids';
import { editorCorrectable } from '@/writing/editorText';
import { extensions } from './extensions';
import { cleanPasted, htmlToText, textToHtml } from './html';
import type { Pen } from './pen';
import classes from './RichEditor.module.css';
import { Toolbar } from './Toolbar';

export interface RichEditorProps {
  /** What is to be shown; null: `text` is not formatted. Taken over when it is not what this editor said last. */
  html: string | null;
  text: string;
  label: string;
  placeholder: string;
  tools: boolean;
  autoFocus: boolean;
  /** Said a moment after the last key, and at once when it is left or flushed. */
  onChange: (written: { html: string | null; text: string }) => void;
  /** After every key and move of the caret. */
  onCaret: () => void;
  /** True: the key has been used. */
  onKey: (event: KeyboardEvent) => boolean;
  onFiles: (files: readonly File[]) => void;
  /** Take a picture that is put into the text under this id. */
  onPicture: (cid: string, file: File) => void;
  pictureSource: (cid: string) => string | undefined;
  /** Gets the editor's pen, and null when it goes. */
  onPen: (pen: Pen | null) => void;
  /** Attributes of the field: what a list of suggestions needs. */
  aria: Record<string, string>;
}

const SAY_MS = 150;
const PICTURE = /^image\/(png|jpe?g|gif|webp)$/;

/** The editor of mails. Nothing of React runs while somebody types in it. */
export default function RichEditor(props: RichEditorProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const said = useRef<{ html: string | null; text: string }>({ html: null, text: '' });
  const [editor, setEditor] = useState<Editor | null>(null);

  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = () => {
      clearTimeout(timer);
      timer = undefined;
      const html = made.isEmpty ? null : made.getHTML();
      if (html === said.current.html && html !== null) return;
      said.current = { html, text: html === null ? '' : htmlToText(html) };
      latest.current.onChange(said.current);
    };
    const flush = () => {
      if (timer !== undefined) say();
    };
    const { html, text } = latest.current;
    said.current = { html, text };
    const made = new Editor({
      element: box.current,
      injectCSS: false,
      extensions: extensions(
        { source: (cid) => latest.current.pictureSource(cid), missing: t('composer.pictureMissing') },
        () => latest.current.placeholder,
      ),
      content: html ?? textToHtml(text),
      parseOptions: { preserveWhitespace: true },
      autofocus: false, // it comes a frame too late: the keys meanwhile would be shortcuts
      editorProps: {
        attributes: { class: classes.text ?? '', role: 'textbox', 'aria-multiline': 'true', 'aria-label': latest.current.label },
        handleKeyDown: (view, event) => {
          // Enter ends the composition of a character; it sends nothing.
          if (event.isComposing || view.composing || event.keyCode === 229) return false;
          return latest.current.onKey(event);
        },
        handlePaste: (_, event) => take(event.clipboardData?.files, event.clipboardData?.types.includes('text/html') ?? false),
        handleDrop: (_, event, __, moved) => !moved && take(event.dataTransfer?.files, false),
        transformPastedHTML: (pasted) => {
          const clean = cleanPasted(pasted, newPictureId);
          clean.pictures.forEach(({ cid, file }) => latest.current.onPicture(cid, file));
          return clean.html;
        },
      },
      onUpdate: () => {
        clearTimeout(timer);
        timer = setTimeout(say, SAY_MS);
      },
      onTransaction: () => latest.current.onCaret(),
      onBlur: flush,
    });

    /** Pictures go into the text, other files beside it. Word brings a picture of its text along: that is no file. */
    const take = (list: FileList | undefined, formatted: boolean): boolean => {
      const files = [...(list ?? [])];
      if (files.length === 0 || formatted) return false;
      const pictures = files.filter((file) => PICTURE.test(file.type));
      const others = files.filter((file) => !PICTURE.test(file.type));
      for (const file of pictures) {
        const cid = newPictureId();
        latest.current.onPicture(cid, file);
        made.chain().focus().insertContent({ type: 'picture', attrs: { cid, alt: file.name } }).run();
      }
      if (others.length > 0) latest.current.onFiles(others);
      return true;
    };

    setEditor(made);
    latest.current.onPen(editorPen(made, () => (timer === undefined ? undefined : say())));
    if (latest.current.autoFocus) {
      made.commands.setTextSelection(made.state.doc.content.size);
      made.view.focus();
    }
    addEventListener('pagehide', flush, { capture: true });
    document.addEventListener('visibilitychange', flush, { capture: true });
    return () => {
      removeEventListener('pagehide', flush, { capture: true });
      document.removeEventListener('visibilitychange', flush, { capture: true });
      flush();
      latest.current.onPen(null);
      made.destroy();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the editor lives as long as the component
  }, []);

  const { placeholder } = props;
  // It is drawn anew by a step, though one that changes nothing.
  useEffect(() => void (editor && !editor.isDestroyed && editor.view.dispatch(editor.state.tr)), [editor, placeholder]);

  // Something else than the keys changed the draft: it was sent, came back, or was written in another browser.
  const { html, text } = props;
  useEffect(() => {
    if (!editor || (html === said.current.html && (html !== null || text === said.current.text))) return;
    said.current = { html, text };
    reset(editor, html ?? textToHtml(text));
  }, [editor, html, text]);

  const attributes = JSON.stringify({ ...props.aria, 'aria-label': props.label });
  useEffect(() => {
    if (!editor) return;
    for (const [name, value] of Object.entries(JSON.parse(attributes) as Record<string, string>)) {
      if (value) editor.view.dom.setAttribute(name, value);
      else editor.view.dom.removeAttribute(name);
    }
  }, [editor, attributes]);

  return (
    <>
      <div ref={box} className={`${classes.box} n-scroll`} />
      {props.tools && editor ? <Toolbar editor={editor} /> : null}
    </>
  );
}

function newPictureId(): string {
  return `${newId()}@nitka`;
}

/** Show another text. What was undoable belonged to the one before. */
function reset(editor: Editor, html: string): void {
  editor.commands.setContent(html, { emitUpdate: false, parseOptions: { preserveWhitespace: true } });
  editor.commands.setTextSelection(editor.state.doc.content.size);
  const { state, view } = editor;
  view.updateState(state.reconfigure({ plugins: [] }).reconfigure({ plugins: state.plugins }));
}

function editorPen(editor: Editor, flush: () => void): Pen {
  return {
    ...editorCorrectable(editor),
    // At once: whoever presses R and types on loses no letter.
    focus: () => editor.view.focus(),
    before: () => {
      const { $from, empty } = editor.state.selection;
      if (!empty) return '';
      const line = $from.parent.textBetween(0, $from.parentOffset, undefined, '\ufffc');
      return line.slice(line.lastIndexOf('\ufffc') + 1);
    },
    insert: ({ text, html }, instead) => insertAt(editor, html ?? textToHtml(text), instead),
    flush,
  };
}

/** One paragraph goes into the line; several stand in place of an empty one. The caret is behind them. */
function insertAt(editor: Editor, html: string, instead: number): void {
  const { from } = editor.state.selection;
  const body = new DOMParser().parseFromString(html, 'text/html').body;
  const only = body.children.length === 1 && body.firstElementChild?.tagName === 'P' ? body.firstElementChild.innerHTML : html;
  editor
    .chain()
    .focus()
    .deleteRange({ from: from - instead, to: from })
    .insertContent(only, { parseOptions: { preserveWhitespace: true } })
    .run();
}

