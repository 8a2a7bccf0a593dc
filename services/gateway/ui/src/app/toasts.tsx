import { Button, Group, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Notifications, notifications } from '@mantine/notifications';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { Caps } from './Caps';
import { useHas, useKeys } from './shortcuts';
import classes from './toasts.module.css';

/** Where messages appear: over the list where that is beside the conversation, never over a head, the composer or a menu. */
export function Toasts() {
  const beside = useMediaQuery('(width >= 900px)', true, { getInitialValueInEffect: false });
  return <Notifications position={beside ? 'bottom-left' : 'top-center'} limit={4} zIndex={250} classNames={{ root: classes.toasts }} />;
}

/** News, with the way to it. It waits for somebody who looks elsewhere. */
export function showNews(message: string, label: string, open: () => void): void {
  show({ message, label, act: open, waits: document.hidden });
}

/** One quiet line that something is done, with the one thing to do about it. */
export function showDone(message: string, label: string, act: () => void): void {
  show({ message, label, act });
}

/** What is done can be undone, also by the key Z: the newest first. */
export function showUndo(t: TFunction, message: string, undo: () => void): void {
  show({ message, label: t('undo'), act: undo, undoes: true });
}

interface Done {
  message: string;
  label: string;
  act: () => void;
  undoes?: boolean;
  waits?: boolean;
}

function show(done: Done): void {
  const id = notifications.show({
    autoClose: done.waits ? false : 6000,
    withCloseButton: done.waits ?? false,
    message: <DoneLine {...done} onOver={() => notifications.hide(id)} />,
  });
}

function DoneLine({ message, label, act, undoes = false, onOver }: Done & { onOver: () => void }) {
  // It stays on screen for a moment while it goes.
  const [over, setOver] = useState(false);
  const once = () => {
    setOver(true);
    onOver();
    act();
  };
  const keyed = useHas(useKeys(undoes && !over ? { z: once } : {}), 'z');
  return (
    <Group justify="space-between" wrap="nowrap" gap="md">
      <Text size="sm" dir="auto" style={{ overflowWrap: 'anywhere' }}>{message}</Text>
      <Button variant="subtle" size="compact-sm" flex="none" disabled={over} onClick={once} aria-keyshortcuts={keyed ? 'Z' : undefined} rightSection={keyed ? <span aria-hidden><Caps keys="Z" /></span> : null}>
        {label}
      </Button>
    </Group>
  );
}
