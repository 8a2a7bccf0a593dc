import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { onKey } from '@/app/shortcuts';
import { hasColours, hasQuote, mailDocument } from './mail';
import classes from './MailFrame.module.css';
import { QuoteButton } from './MessageCard';

const SAFE_LINK = /^(https?|mailto|tel):/i;

/** A mail's HTML in a frame that may run nothing and load nothing from elsewhere, as high as its content. */
export function MailFrame({ html, title }: { html: string; title: string }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLIFrameElement>(null);
  const scheme = useComputedColorScheme('light');
  const [open, setOpen] = useState(false);
  const paper = useMemo(() => hasColours(html), [html]);
  const quoted = useMemo(() => hasQuote(html), [html]);
  const dark = scheme === 'dark' && !paper;
  const source = useMemo(
    () =>
      mailDocument(html, {
        dark,
        ink: dark ? '#e4e9e7' : '#1d2523',
        link: dark ? '#6cc5b4' : '#0b6558',
        fold: quoted && !open,
      }),
    [html, dark, quoted, open],
  );
  useFrame(frame, source);
  return (
    <div className={classes.body} data-paper={paper && scheme === 'dark'}>
      <iframe
        ref={frame}
        title={title}
        className={classes.frame}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        srcDoc={source}
      />
      {quoted ? (
        <QuoteButton open={open} onClick={() => setOpen(!open)} label={t(open ? 'message.hideQuote' : 'message.showQuote')} />
      ) : null}
    </div>
  );
}

/** Keeps the frame as high as its content, guards its links and lends it the keyboard. */
function useFrame(frame: React.RefObject<HTMLIFrameElement | null>, source: string): void {
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let observer: ResizeObserver | undefined;
    const attach = () => {
      const inside = element.contentDocument;
      if (!inside?.body) return;
      const fit = () => {
        element.style.height = `${Math.ceil(inside.body.getBoundingClientRect().height)}px`;
      };
      observer?.disconnect();
      observer = new ResizeObserver(fit);
      observer.observe(inside.body);
      inside.addEventListener('click', guardLink);
      inside.addEventListener('keydown', onKey);
      fit();
    };
    element.addEventListener('load', attach);
    attach();
    return () => {
      observer?.disconnect();
      element.removeEventListener('load', attach);
    };
  }, [frame, source]);
}

/** The server lets only harmless links through; nothing else is followed here either. */
function guardLink(event: Event): void {
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link) return;
  link.rel = 'noopener noreferrer';
  if (!SAFE_LINK.test(link.getAttribute('href') ?? '')) event.preventDefault();
}
