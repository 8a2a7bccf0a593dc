/** A plain field's text with every proposal marked inside it, in the place of the field. */
import { type KeyboardEvent, type MouseEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Correction.module.css';
import { MarkCard } from './MarkCard';
import { type Mark, neighbour, segments, visible } from './review';
import { ReviewBar, type ReviewProps } from './ReviewBar';

export function Proposals({ review, reviewing, onEnd, children }: ReviewProps) {
  const { t } = useTranslation();
  const board = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const goTo = useRef<number | null>(null);
  const leaving = useRef<number>(undefined);
  const mark = review.marks.find((each) => each.id === active);

  useEffect(() => board.current?.focus({ preventScroll: true }), []);
  useEffect(() => () => clearTimeout(leaving.current), []);
  useEffect(() => {
    if (goTo.current === null) return;
    focusMark(board.current, goTo.current);
    goTo.current = null;
  });

  const stay = () => clearTimeout(leaving.current);
  const settle = (id: number, act: () => void) => {
    stay();
    const next = neighbour(review, id, 1);
    goTo.current = next === id ? null : next;
    setActive(goTo.current);
    act();
  };
  const take = (id: number, choice?: number) => settle(id, () => reviewing.take(id, choice));
  const leave = (id: number) => settle(id, () => reviewing.leave(id));
  const takeAll = () => {
    board.current?.focus({ preventScroll: true }); // the button may go
    reviewing.takeAll();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      // Sends, as everywhere in a composer, and takes no proposal.
      if (event.key === 'Enter') event.preventDefault();
      return;
    }
    event.stopPropagation(); // who believes to be typing still closes no conversation with an E
    const id = markOf(event.target);
    const step = STEPS[event.key];
    if (event.key === 'Escape') onEnd();
    else if (step) focusMark(board.current, neighbour(review, id, step));
    else if (id !== null && (event.key === 'Delete' || event.key === 'Backspace')) leave(id);
    else if (id !== null && /^[1-5]$/.test(event.key)) take(id, Number(event.key) - 1);
    else return;
    event.preventDefault();
  };

  return (
    <div className={classes.review}>
      <div
        ref={board}
        className={`${classes.text} n-scroll`}
        role="group"
        tabIndex={-1}
        aria-label={t('writing.proposals')}
        aria-describedby="writing-keys"
        onKeyDown={onKeyDown}
        onPointerLeave={() => (leaving.current = window.setTimeout(() => setActive(focusedMark(board.current)), 250))}
        onPointerEnter={stay}
      >
        {segments(review).map((each) =>
          'mark' in each ? (
            <MarkButton
              key={each.mark.id}
              mark={each.mark}
              active={each.mark.id === active}
              first={each.mark === review.marks[0]}
              onActive={setActive}
              onTake={take}
            />
          ) : (
            <span key={`t${each.at}`}>{each.text}</span>
          ),
        )}
        {mark ? <MarkCard mark={mark} board={board.current} onTake={take} onLeave={leave} onStay={stay} /> : null}
      </div>
      <p id="writing-keys" className="n-hidden">
        {t('writing.keys')}
      </p>
      <ReviewBar review={review} onTakeAll={takeAll} onEnd={onEnd}>
        {children}
      </ReviewBar>
    </div>
  );
}

const STEPS: Record<string, 1 | -1 | undefined> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function focusMark(board: HTMLElement | null, id: number | null): void {
  if (id !== null) board?.querySelector<HTMLElement>(`[data-mark="${id}"]`)?.focus();
}

function markOf(element: EventTarget | null): number | null {
  const found = element instanceof Element ? element.closest<HTMLElement>('[data-mark]')?.dataset.mark : undefined;
  return found === undefined ? null : Number(found);
}

function focusedMark(board: HTMLElement | null): number | null {
  return board?.contains(document.activeElement) ? markOf(document.activeElement) : null;
}

interface MarkProps {
  mark: Mark;
  active: boolean;
  first: boolean;
  onActive: (id: number) => void;
  onTake: (id: number) => void;
}

function MarkButton({ mark, active, first, onActive, onTake }: MarkProps) {
  const { t } = useTranslation();
  const best = mark.replacements[0] ?? '';
  const onClick = (event: MouseEvent) => {
    // A finger has no hovering: its first touch shows what it is about.
    const touched = (event.nativeEvent as globalThis.PointerEvent).pointerType === 'touch';
    if (touched && !active) onActive(mark.id);
    else onTake(mark.id);
  };
  return (
    <button
      type="button"
      className={classes.mark}
      data-mark={mark.id}
      data-active={active || undefined}
      data-first={first || undefined}
      onFocus={() => onActive(mark.id)}
      onPointerEnter={(event: PointerEvent) => {
        if (event.pointerType === 'mouse') onActive(mark.id);
      }}
      onClick={onClick}
    >
      {mark.original ? <del>{visible(mark.original)}</del> : <Unseen>{t('writing.gap')}</Unseen>}
      <Unseen>{` ${t('writing.becomes')} `}</Unseen>
      {best ? <ins>{visible(best)}</ins> : <Unseen>{t('writing.gap')}</Unseen>}
      <Unseen>{`. ${t(`writing.category.${mark.category}`)}. ${mark.message}`}</Unseen>
    </button>
  );
}

/** For those who hear the mark. */
function Unseen({ children }: { children: string }) {
  return <span className="n-hidden">{children}</span>;
}
