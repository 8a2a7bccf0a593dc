import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react';
import { applyWidth, clamp, type Panel, rememberedWidth, rememberWidth, widthAfterKey } from './panels';
import classes from './Splitter.module.css';

interface Props {
  panel: Panel;
  /** The id of the panel's element. */
  controls: string;
  label: string;
  /** What Enter does: fold the panel away. */
  onCollapse?: () => void;
}

/** The movable border of a panel: by pointer, by arrow keys; a double click gives the first width back. */
export function Splitter({ panel, controls, label, onCollapse }: Props) {
  const [width, setWidth] = useState(() => rememberedWidth(panel));
  const [dragged, setDragged] = useState(false);
  const start = useRef<{ x: number; width: number }>(null);
  useLayoutEffect(() => applyWidth(panel, width), [panel, width]);

  const settle = (next: number) => {
    setWidth(next);
    rememberWidth(panel, next);
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, width };
    setDragged(true);
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!start.current) return;
    const moved = event.clientX - start.current.x;
    setWidth(clamp(panel, start.current.width + (panel.side === 'left' ? moved : -moved)));
  };
  const onDragEnd = () => {
    if (!start.current) return;
    start.current = null;
    setDragged(false);
    rememberWidth(panel, width);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && onCollapse) {
      event.preventDefault();
      onCollapse();
      return;
    }
    const next = widthAfterKey(panel, width, event.key);
    if (next === undefined) return;
    event.preventDefault();
    settle(next);
  };
  return (
    // The separator of a window splitter is a control: ARIA authoring practices, "window splitter".
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={classes.splitter}
      data-side={panel.side}
      data-dragged={dragged}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-controls={controls}
      aria-valuemin={panel.min}
      aria-valuemax={panel.max}
      aria-valuenow={width}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onDragEnd}
      onPointerCancel={onDragEnd}
      onDoubleClick={() => settle(panel.initial)}
      onKeyDown={onKeyDown}
    />
  );
}
