import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Caps } from '@/app/Caps';
import { boundTo, useKeys } from '@/app/shortcuts';
import { modeOf } from '@/conversation/draft';
import { type Held, sendNow, undo, useHeld } from './held';
import classes from './HeldBars.module.css';
import { writeAgain } from './wishes';

/** What has been sent and can be taken back, on every screen. Z takes the newest one back. */
export function HeldBars() {
  const held = useHeld();
  const newest = held.at(-1);
  const { t } = useTranslation();
  const bars = useRef<HTMLDivElement>(null);
  useModZ();
  // Other messages stand behind these.
  useLayoutEffect(() => {
    const room = bars.current?.offsetHeight ?? 0;
    document.documentElement.style.setProperty('--n-held', room > 0 ? `${room + 8}px` : '0px');
  });
  return (
    <div ref={bars} className={classes.bars} role="region" aria-label={t('held.title')} hidden={held.length === 0}>
      {held.map((each) => (
        <HeldBar key={each.commandId} held={each} newest={each === newest} />
      ))}
    </div>
  );
}

function HeldBar({ held, newest }: { held: Held; newest: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { conversationId: open } = useParams({ strict: false });
  const [busy, setBusy] = useState(false);
  const { place } = held;
  const takeBack = async () => {
    if (busy || held.unwanted) return;
    setBusy(true);
    const back = await undo(client, t, held);
    setBusy(false);
    if (back) await writeAgain(navigate, held.key, back.conversationId, open);
  };
  return (
    <div className={classes.bar} role="status">
      {newest ? <UndoKey undo={() => void takeBack()} /> : null}
      <Ring held={held} />
      <span className={classes.text}>{words(t, held)}</span>
      <Button size="compact-sm" variant="white" loading={busy || held.unwanted} onClick={() => void takeBack()} aria-keyshortcuts={newest ? 'Z' : undefined} rightSection={newest ? <span aria-hidden><Caps keys="Z" /></span> : null}>
        {t('undo')}
      </Button>
      <Button size="compact-sm" variant="transparent" className={classes.now} disabled={busy || !place} onClick={() => place && void sendNow(client, t, place)}>
        {t('held.now')}
      </Button>
    </div>
  );
}

function words(t: TFunction, { key, number, then, content }: Held): string {
  if (number === null) return t('delivery.sending');
  if (then !== 'nothing') return t(`held.then.${then}`, { number });
  return t(key === 'new' ? 'held.first' : modeOf(key) === 'forward' ? (content ? 'held.forward' : 'held.redirect') : 'held.sending', { number });
}

function UndoKey({ undo }: { undo: () => void }) {
  useKeys({ z: undo });
  return null;
}

/** Mod+Z is Z as well. */
function useModZ(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
      // Where something is written, or was until now, Mod+Z takes back what was typed.
      if (event.target instanceof HTMLElement && isWritten(event.target)) return;
      const undoNewest = boundTo('z');
      if (!undoNewest) return;
      event.preventDefault();
      undoNewest();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function isWritten(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return target.value !== '';
  return target.isContentEditable && target.innerText.trim() !== '';
}

const RADIUS = 8;
const ROUND = 2 * Math.PI * RADIUS;

/** The time that is left, as a ring that empties and as seconds. */
function Ring({ held }: { held: Held }) {
  const [left, setLeft] = useState(() => secondsLeft(held));
  useEffect(() => {
    const timer = setInterval(() => setLeft(secondsLeft(held)), 250);
    return () => clearInterval(timer);
  }, [held]);
  const passed = held.seconds * 1000 - (held.until - Date.now());
  return (
    <span className={classes.ring} aria-hidden>
      <svg width="22" height="22" viewBox="0 0 22 22">
        <circle cx="11" cy="11" r={RADIUS} className={classes.track} />
        <circle
          cx="11"
          cy="11"
          r={RADIUS}
          className={classes.left}
          strokeDasharray={ROUND}
          style={{ '--round': ROUND, animationDuration: `${held.seconds}s`, animationDelay: `${-Math.max(0, passed)}ms` }}
        />
      </svg>
      <span className="n-figures">{left}</span>
    </span>
  );
}

function secondsLeft(held: Held): number {
  return Math.max(0, Math.ceil((held.until - Date.now()) / 1000));
}
