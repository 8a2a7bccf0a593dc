import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Tooltip } from '@/app/Tooltip';
import classes from './Folded.module.css';

/** The quiet button of an earlier mail that an answer carries along. */
export function QuoteButton({ open, onToggle }: { open: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  const label = t(open ? 'message.hideQuote' : 'message.showQuote');
  return (
    <Tooltip label={label}>
      <button type="button" className={classes.quote} aria-expanded={open} aria-label={label} onClick={onToggle}>
        •••
      </button>
    </Tooltip>
  );
}

const CAP = 900;
const SPARE = 300;

/** Content that is cut when it is much higher than a screen, with a button for all of it. */
export function Capped({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const content = useRef<HTMLDivElement>(null);
  const [long, setLong] = useState(false);
  const [all, setAll] = useState(false);
  useEffect(() => {
    const element = content.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setLong(element.offsetHeight > CAP + SPARE));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const cut = long && !all;
  return (
    <>
      <div className={classes.window} data-cut={cut} style={cut ? { maxHeight: CAP } : undefined}>
        <div ref={content}>{children}</div>
      </div>
      {long ? (
        <button type="button" className={classes.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {t(all ? 'message.showLess' : 'message.showAll')}
        </button>
      ) : null}
    </>
  );
}
