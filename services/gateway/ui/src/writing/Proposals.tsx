/** The text with every proposal marked inside it: what goes is struck through, what comes is underlined. */
import { Button, Popover } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Correction.module.css';
import { type Mark, neighbour, type Review, segments } from './review';
import type { Reviewing } from './useReview';

interface Props {
  review: Review;
  reviewing: Reviewing;
  onEnd: () => void;
  /** What stands in the bar beside the legend. */
  children: ReactNode;
}

export function Proposals({ review, reviewing, onEnd, children }: Props) {
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
        {mark ? <MarkCard key={mark.id} mark={mark} board={board} onTake={take} onLeave={leave} onStay={stay} /> : null}
      </div>
      <p id="writing-keys" className="n-hidden">
        {t('writing.keys')}
      </p>
      <div className={classes.bar}>
        <Legend />
        {children}
        <div className={classes.acts}>
          <span className={classes.count} role="status">
            {t('writing.left', { count: review.marks.length })}
          </span>
          <Button size="compact-sm" variant="default" onClick={reviewing.takeAll} leftSection={<IconCheck size={14} aria-hidden />}>
            {t('writing.takeAll')}
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onEnd} leftSection={<IconX size={14} aria-hidden />}>
            {t('writing.leaveAll')}
          </Button>
        </div>
      </div>
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

/** Blanks that go or come, made visible. */
function visible(text: string): string {
  return text.trim() ? text : text.replaceAll(/\s/g, '␣');
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

interface CardProps {
  mark: Mark;
  board: React.RefObject<HTMLDivElement | null>;
  onTake: (id: number, choice?: number) => void;
  onLeave: (id: number) => void;
  onStay: () => void;
}

/** Why, what else, and the way out. For the pointer: those at the keyboard have keys for all of it. */
function MarkCard({ mark, board, onTake, onLeave, onStay }: CardProps) {
  const { t } = useTranslation();
  const [place, setPlace] = useState<{ left: number; top: number; height: number } | null>(null);
  useLayoutEffect(() => {
    const button = board.current?.querySelector<HTMLElement>(`[data-mark="${mark.id}"]`);
    if (!board.current || !button) return;
    const line = [...button.getClientRects()].at(-1) ?? button.getBoundingClientRect();
    const frame = board.current.getBoundingClientRect();
    const top = line.top - frame.top + board.current.scrollTop;
    setPlace({ left: line.left - frame.left, top, height: line.height });
  }, [board, mark.id, mark.offset]);
  if (!place) return null;
  return (
    <Popover opened position="bottom-start" offset={4} trapFocus={false} returnFocus={false} withRoles={false}>
      <Popover.Target>
        <span className={classes.anchor} style={place} />
      </Popover.Target>
      <Popover.Dropdown
        className={classes.card}
        onPointerEnter={onStay}
        onMouseDown={(event: MouseEvent) => event.preventDefault()} // the focus stays on the mark
      >
        <p className={classes.why}>
          <b>{t(`writing.category.${mark.category}`)}</b>
          {mark.message ? <span>{mark.message}</span> : null}
        </p>
        <div className={classes.choices}>
          {mark.replacements.map((each, choice) => (
            <button key={each} type="button" tabIndex={-1} className={classes.choice} onClick={() => onTake(mark.id, choice)}>
              {each ? visible(each) : t('writing.remove')}
            </button>
          ))}
          <button type="button" tabIndex={-1} className={classes.leave} onClick={() => onLeave(mark.id)}>
            <IconX size={14} aria-hidden /> {t('writing.leave')}
          </button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <span className={classes.legend}>
      <del>{t('writing.goes')}</del> <ins>{t('writing.comes')}</ins>
    </span>
  );
}
