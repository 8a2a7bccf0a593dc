/** What a formatted mail may hold, and how it behaves while it is written. */
import { Extension, mergeAttributes, Node } from '@tiptap/core';
import { Blockquote } from '@tiptap/extension-blockquote';
import { Bold } from '@tiptap/extension-bold';
import { Document } from '@tiptap/extension-document';
import { HardBreak } from '@tiptap/extension-hard-break';
import { Italic } from '@tiptap/extension-italic';
import { Link } from '@tiptap/extension-link';
import { BulletList, ListItem, ListKeymap, OrderedList } from '@tiptap/extension-list';
import { Paragraph } from '@tiptap/extension-paragraph';
import { Strike } from '@tiptap/extension-strike';
import { Text } from '@tiptap/extension-text';
import { Underline } from '@tiptap/extension-underline';
import { Dropcursor, Placeholder, UndoRedo } from '@tiptap/extensions';
import type { Node as Doc } from '@tiptap/pm/model';
import { Plugin } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import { unfilled } from './templates';

interface PictureOptions {
  /** Where the bytes of a picture are; undefined when nobody has them. */
  source: (cid: string) => string | undefined;
  missing: string;
}

/** A picture in the text. It is named by its content id, so the same HTML is right in the draft and in the mail. */
export const Picture = Node.create<PictureOptions>({
  name: 'picture',
  group: 'inline',
  inline: true,
  draggable: true,
  addOptions: () => ({ source: () => undefined, missing: '' }),
  addAttributes: () => ({ cid: { default: '' }, alt: { default: null }, width: { default: null } }),
  parseHTML: () => [
    {
      tag: 'img[src^="cid:"]',
      getAttrs: (image) => ({
        cid: image.getAttribute('src')?.slice('cid:'.length) ?? '',
        alt: image.getAttribute('alt'),
        width: image.getAttribute('width'),
      }),
    },
  ],
  renderHTML: ({ node }) => {
    const { cid, alt, width } = node.attrs as { cid: string; alt: string | null; width: string | null };
    return ['img', mergeAttributes({ src: `cid:${cid}` }, alt ? { alt } : {}, width ? { width } : {})];
  },
  addNodeView() {
    return ({ node }) => {
      const source = this.options.source(String(node.attrs.cid));
      const image = document.createElement('img');
      image.alt = String(node.attrs.alt ?? '');
      if (source) image.src = source;
      else {
        image.alt = this.options.missing;
        image.dataset.missing = 'true';
      }
      return { dom: image };
    };
  },
});

/** Variables that nobody could fill in, marked so that they are seen. */
const Unfilled = Extension.create({
  name: 'unfilled',
  addProseMirrorPlugins: () => [
    new Plugin<DecorationSet>({
      state: {
        init: (_, { doc }) => marks(doc),
        apply: (transaction, before) => (transaction.docChanged ? marks(transaction.doc) : before),
      },
      props: {
        decorations(state) {
          return this.getState(state);
        },
      },
    }),
  ],
});

function marks(doc: Doc): DecorationSet {
  const found: Decoration[] = [];
  doc.descendants((node, at) => {
    if (!node.text?.includes('{{')) return;
    for (const variable of unfilled(node.text)) {
      for (let start = node.text.indexOf(variable); start >= 0; start = node.text.indexOf(variable, start + 1)) {
        found.push(Decoration.inline(at + start, at + start + variable.length, { class: 'n-unfilled' }));
      }
    }
  });
  return found.length > 0 ? DecorationSet.create(doc, found) : DecorationSet.empty;
}

export function extensions(picture: PictureOptions, placeholder: () => string) {
  return [
    Document,
    Paragraph,
    Text,
    Bold,
    Italic,
    Underline,
    Strike,
    Link.configure({
      openOnClick: false,
      defaultProtocol: 'https',
      protocols: ['mailto', 'tel'],
      HTMLAttributes: { target: null, rel: null, class: null },
    }),
    BulletList,
    OrderedList,
    ListItem,
    ListKeymap,
    Blockquote,
    HardBreak,
    UndoRedo.configure({ newGroupDelay: 600 }),
    Placeholder.configure({ placeholder, showOnlyWhenEditable: false }),
    Dropcursor.configure({ width: 2, color: 'var(--n-accent)' }),
    Picture.configure(picture),
    Unfilled,
  ];
}
