/** Every proposal marked inside the text of the editor, where one writes on meanwhile. */
import type { Editor } from '@tiptap/core';
import type { Transaction } from '@tiptap/pm/state';
import { type KeyboardEvent as ReactKeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import classes from './Correction.module.css';
import { inText, inTextKey, placed } from './inText';
import { MarkCard } from './MarkCard';
import { neighbour } from './review';
import { ReviewBar, type ReviewProps } from './ReviewBar';

interface Props extends ReviewProps {
  editor: Editor;
}

export function ProposalsInText({ editor, review, reviewing, onEnd, children }: Props) {
  const { t } = useTranslation();
  const [active, setActive] = useState<number | null>(null);
  const card = useRef<HTMLDivElement>(null);
  const byKeys = useRef(false);
  const mark = review.marks.find((each) => each.id === active);

  const goTo = (id: number | null) => {
    const place = placed(editor.state.doc, latest.current.review).find((each) => each.mark.id === id);
    if (place) editor.chain().setTextSelection(place.to).scrollIntoView().run();
    setActive(id);
  };
  const settle = (id: number, act: () => void) => {
    byKeys.current = card.current?.contains(document.activeElement) ?? false;
    const next = neighbour(review, id, 1);
    act();
    goTo(next === id ? null : next);
  };
  const take = (id: number, choice?: number) => settle(id, () => reviewing.take(id, choice));
  const leave = (id: number) => settle(id, () => reviewing.leave(id));
  const takeAll = () => {
    editor.view.focus(); // the button may go
    reviewing.takeAll();
  };
  const onKey = (event: KeyboardEvent): boolean => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === 'F7') goTo(neighbour(review, active, event.shiftKey ? -1 : 1));
    else if (event.key === 'Tab' && !event.shiftKey && card.current) firstButton(card.current)?.focus();
    else return false;
    event.preventDefault();
    return true;
  };
  const latest = useRef({ review, active, take, onKey });
  latest.current = { review, active, take, onKey };

  useLayoutEffect(() => {
    editor.registerPlugin(
      inText(
        () => latest.current,
        { onTake: (id) => latest.current.take(id), onKey: (event) => latest.current.onKey(event) },
      ),
    );
    // Who types on is left alone; who goes to a mark asks about it.
    const follow = ({ transaction }: { transaction: Transaction }) => {
      if (transaction.docChanged) return setActive(null);
      const { from, to } = editor.state.selection;
      const around = placed(editor.state.doc, latest.current.review).find((each) => each.from <= from && to <= each.to);
      return setActive(around?.mark.id ?? null);
    };
    const leaveIt = ({ event }: { event: FocusEvent }) => {
      if (!card.current?.contains(event.relatedTarget as Element | null)) setActive(null);
    };
    editor.on('selectionUpdate', follow).on('blur', leaveIt);
    if (!writesElsewhere(editor)) editor.view.focus(); // the caret stays where one was writing
    return () => {
      editor.off('selectionUpdate', follow).off('blur', leaveIt);
      if (editor.isDestroyed) return;
      editor.unregisterPlugin(inTextKey);
      if (byKeys.current || !writesElsewhere(editor)) editor.view.focus();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each editor
  }, [editor]);
  useLayoutEffect(() => {
    if (!editor.isDestroyed) editor.view.updateState(editor.state);
  }, [editor, review, active]);
  useEffect(() => {
    if (byKeys.current && card.current) firstButton(card.current)?.focus();
    byKeys.current = false;
  }, [active]);

  const onCardKey = (event: ReactKeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !mark) return;
    event.stopPropagation(); // a letter that goes astray closes no conversation
    const step = STEPS[event.key];
    if (step) beside(card.current, step)?.focus();
    else if (/^[1-5]$/.test(event.key)) take(mark.id, Number(event.key) - 1);
    else if (event.key === 'Delete' || event.key === 'Backspace') leave(mark.id);
    else if (event.key === 'F7') goTo(neighbour(review, active, event.shiftKey ? -1 : 1));
    else if (event.key === 'Escape' || event.key === 'Tab') editor.view.focus();
    else return;
    event.preventDefault();
  };
  const board = editor.view.dom.parentElement;
  return (
    <div className={classes.review}>
      {board && mark ? createPortal(<MarkCard ref={card} mark={mark} board={board} onTake={take} onLeave={leave} onKeyDown={onCardKey} />, board) : null}
      <p className="n-hidden" role="status">
        {mark ? `${mark.original} ${t('writing.becomes')} ${mark.replacements[0] ?? ''}. ${mark.message} ${t('writing.keysInText')}` : ''}
      </p>
      <ReviewBar review={review} onTakeAll={takeAll} onEnd={onEnd}>
        {children}
      </ReviewBar>
    </div>
  );
}

const STEPS: Record<string, 1 | -1 | undefined> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function firstButton(card: HTMLElement): HTMLElement | null {
  return card.querySelector('button');
}

function beside(card: HTMLElement | null, step: 1 | -1): HTMLElement | undefined {
  const buttons = [...(card?.querySelectorAll('button') ?? [])];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  return buttons[(at + step + buttons.length) % buttons.length];
}

/** Whether the keys go into another field than this editor. */
function writesElsewhere(editor: Editor): boolean {
  const focused = document.activeElement as HTMLElement | null;
  return focused !== editor.view.dom && (focused?.matches('input, textarea, [contenteditable="true"]') ?? false);
}
