/** "Correct text" for a composer: a button, a place for the proposals, and the key. The rest is loaded when asked for. */
import { ActionIcon } from '@mantine/core';
import { IconTextSpellcheck } from '@tabler/icons-react';
import { type KeyboardEvent, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '@/app/shortcuts';
import { Tooltip } from '@/app/Tooltip';
import type { Correctable } from './correctable';

const Correction = lazy(() => import('./Correction'));

/** Spelling has had this key for decades, and no letter is taken from those who write. */
const KEY = 'F7';

export interface Correcting {
  /** Whether a text is being checked or reviewed. */
  active: boolean;
  /** Whether the proposals are shown instead of the field: hide it, and keep it mounted. */
  instead: boolean;
  start(): void;
  stop(): void;
  setInstead(instead: boolean): void;
  /** For the composer's root; takes the key. */
  onKeyDown(event: KeyboardEvent): void;
}

/** The state of correcting one field. */
export function useCorrecting(): Correcting {
  const [state, setState] = useState<'off' | 'beside' | 'instead'>('off');
  const start = () => {
    if (state === 'off') setState('beside');
  };
  useKeys({ [KEY]: start });
  return {
    active: state !== 'off',
    instead: state === 'instead',
    start,
    stop: () => setState('off'),
    setInstead: (instead) => setState((now) => (now === 'off' ? now : instead ? 'instead' : 'beside')),
    onKeyDown: (event) => {
      if (event.key !== KEY || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      start();
    },
  };
}

/** `ready`: whether there is something to correct. */
export function CorrectButton({ correcting, ready }: { correcting: Correcting; ready: boolean }) {
  const { t } = useTranslation();
  const label = t('writing.correct');
  return (
    <Tooltip label={`${label} (${KEY})`}>
      <ActionIcon
        aria-label={label}
        aria-keyshortcuts={KEY}
        aria-pressed={correcting.active}
        disabled={!ready && !correcting.active}
        onClick={correcting.active ? correcting.stop : correcting.start}
      >
        <IconTextSpellcheck size={18} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}

interface SlotProps {
  correcting: Correcting;
  target: Correctable;
  /** Words that are right as they are: names. */
  keep: readonly string[];
  /** The field is shown again: give it the focus. */
  onBack: () => void;
}

/** Put it where the field is; it shows nothing until somebody corrects. */
export function CorrectSlot({ correcting, target, keep, onBack }: SlotProps) {
  if (!correcting.active) return null;
  return (
    <Suspense fallback={null}>
      <Correction
        target={target}
        keep={keep}
        onInstead={correcting.setInstead}
        onBack={onBack}
        onEnd={correcting.stop}
      />
    </Suspense>
  );
}
