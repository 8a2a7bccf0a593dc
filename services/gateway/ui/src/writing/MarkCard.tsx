import { Popover } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { type KeyboardEvent, type MouseEvent, type Ref, useLayoutEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Correction.module.css';
import { type Mark, visible } from './review';

interface Props {
  ref?: Ref<HTMLDivElement>;
  mark: Mark;
  /** Scrolls, and holds the elements with `data-mark`. */
  board: HTMLElement | null;
  onTake: (id: number, choice?: number) => void;
  onLeave: (id: number) => void;
  onStay?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** Why, what else, and the way out, above a mark: what comes next in the text, and the bar below it, stay in sight. */
export function MarkCard({ ref, mark, board, onTake, onLeave, onStay, onKeyDown }: Props) {
  const { t } = useTranslation();
  const [place, setPlace] = useState<{ left: number; top: number; height: number } | null>(null);
  useLayoutEffect(() => {
    const shown = board?.querySelector<HTMLElement>(`[data-mark="${mark.id}"]`);
    if (!board || !shown) return setPlace(null);
    const line = [...shown.getClientRects()].at(-1) ?? shown.getBoundingClientRect();
    const frame = board.getBoundingClientRect();
    return setPlace({ left: line.left - frame.left, top: line.top - frame.top + board.scrollTop, height: line.height });
  }, [board, mark.id, mark.offset]);
  if (!place) return null;
  return (
    <Popover opened position="top-start" offset={4} trapFocus={false} returnFocus={false} withRoles={false}>
      <Popover.Target>
        <span className={classes.anchor} style={place} />
      </Popover.Target>
      <Popover.Dropdown
        ref={ref}
        className={classes.card}
        role="group"
        aria-label={`${mark.original} ${t('writing.becomes')} ${mark.replacements[0] ?? ''}`}
        onPointerEnter={onStay}
        onKeyDown={onKeyDown}
        onMouseDown={(event: MouseEvent) => event.preventDefault()} // the focus stays on the mark
      >
        <p className={classes.why}>
          <b>{t(`writing.category.${mark.category}`)}</b>
          {mark.message ? <span>{mark.message}</span> : null}
        </p>
        <div className={classes.choices}>
          {mark.replacements.map((each, choice) => (
            <button key={choice} type="button" tabIndex={-1} className={classes.choice} onClick={() => onTake(mark.id, choice)}>
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
