/** Proposals drawn inside the text of an editor. The document stays as it is: what comes is only shown in it. */
import type { Node } from '@tiptap/pm/model';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import classes from './Correction.module.css';
import { rangeOf, textOf } from './editorText';
import { edited, type Mark, type Review, visible } from './review';

export interface Placed {
  mark: Mark;
  from: number;
  to: number;
}

/** Where the marks of a review are in a document, which may be a key or two ahead of it. */
export function placed(doc: Node, review: Review): Placed[] {
  const here = textOf(doc);
  const { marks } = here.text === review.text ? review : edited(review, here.text);
  return marks.map((mark) => ({ mark, ...rangeOf(here, mark.offset, mark.length) }));
}

export interface Shown {
  review: Review;
  active: number | null;
}

interface Acts {
  /** The proposed words themselves were clicked. */
  onTake: (id: number) => void;
  /** True: the key has been used. */
  onKey: (event: KeyboardEvent) => boolean;
}

export const inTextKey = new PluginKey('proposals');

/** Draws what `shown` says each time the editor is drawn. */
export function inText(shown: () => Shown, { onTake, onKey }: Acts): Plugin {
  let last: (Shown & { doc: Node; drawn: DecorationSet }) | undefined;
  return new Plugin({
    key: inTextKey,
    props: {
      attributes: { class: classes.inText ?? '' },
      decorations: ({ doc }) => {
        const now = shown();
        if (last?.doc !== doc || last.review !== now.review || last.active !== now.active) last = { ...now, doc, drawn: drawn(doc, now) };
        return last.drawn;
      },
      handleKeyDown: (_, event) => onKey(event),
      handleDOMEvents: {
        mousedown: (_, event) => {
          const word = event.target instanceof Element ? event.target.closest<HTMLElement>('ins[data-mark]') : null;
          if (!word || event.button !== 0) return false;
          event.preventDefault(); // the caret stays where it is
          onTake(Number(word.dataset.mark));
          return true;
        },
      },
    },
  });
}

function drawn(doc: Node, { review, active }: Shown): DecorationSet {
  const found = placed(doc, review).flatMap(({ mark, from, to }) => {
    const best = mark.replacements[0] ?? '';
    const attributes = { class: classes.mark ?? '', 'data-mark': `${mark.id}`, ...(mark.id === active ? { 'data-active': 'true' } : {}) };
    const comes = () => {
      const word = document.createElement('ins');
      for (const [name, value] of Object.entries(attributes)) word.setAttribute(name, value);
      word.textContent = visible(best);
      return word;
    };
    return [
      ...(to > from ? [Decoration.inline(from, to, { nodeName: 'del', ...attributes })] : []),
      ...(best ? [Decoration.widget(to, comes, { side: 1, key: `${mark.id} ${mark.id === active} ${best}`, ignoreSelection: true })] : []),
    ];
  });
  return DecorationSet.create(doc, found);
}
