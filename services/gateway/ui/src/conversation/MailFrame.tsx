import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { onKey } from '@/app/shortcuts';
import { Capped, QuoteButton } from './Folded';
import { hasColours, hasQuote, mailDocument, ownFonts, showPictures } from './mail';
import classes from './MailFrame.module.css';
import { useNear } from './near';

const SAFE_LINK = /^(https?|mailto|tel):/i;

let fonts: string | undefined;

interface MailFrameProps {
  html: string;
  title: string;
  /** Whether the pictures that lie on other servers are wanted. */
  pictures: boolean;
}

/**
 * A mail's HTML in a frame that may run nothing and load nothing from elsewhere, as high as its content. It is drawn
 * when it comes near to what is on screen: a long thread holds hundreds.
 */
export function MailFrame({ html, title, pictures }: MailFrameProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const scheme = useComputedColorScheme('light');
  const [open, setOpen] = useState(false);
  const paper = useMemo(() => hasColours(html), [html]);
  const quoted = useMemo(() => hasQuote(html), [html]);
  const dark = scheme === 'dark' && !paper;
  const near = useNear(frame);
  const source = useMemo(
    () => (near ? mailDocument(html, { dark, ink: dark ? '#e4e9e7' : '#1d2523', fonts: (fonts ??= ownFonts(document)) }) : ''),
    [html, dark, near],
  );
  useFrame(frame, source, (mail) => {
    mail.documentElement.toggleAttribute('data-folded', !open);
    if (pictures) showPictures(mail);
  });
  return (
    <div className={classes.body} data-paper={paper && scheme === 'dark'}>
      <Capped>
        <iframe
          ref={frame}
          title={title}
          className={classes.frame}
          sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
          referrerPolicy="no-referrer"
          srcDoc={source}
        />
      </Capped>
      {quoted ? <QuoteButton open={open} onToggle={() => setOpen(!open)} /> : null}
    </div>
  );
}

/** Keeps the frame as high as its content, guards its links, lends it the keyboard; `adjust` follows each render. */
function useFrame(frame: React.RefObject<HTMLIFrameElement | null>, source: string, adjust: (mail: Document) => void): void {
  const latest = useRef(adjust);
  useEffect(() => {
    latest.current = adjust;
    const mail = frame.current?.contentDocument;
    if (mail?.body) adjust(mail);
  });
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
      latest.current(inside);
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
