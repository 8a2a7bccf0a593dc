import { Button, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowForwardUp, IconChevronDown, IconSend } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Caps } from '@/app/Caps';
import type { Mode } from '@/conversation/draft';
import type { Then } from '@/conversation/drafts';
import { SnoozeItems } from '@/conversation/SnoozeMenu';
import classes from './SendButtons.module.css';

const TimeDialog = lazy(() => import('@/conversation/TimeDialog'));

interface Props {
  kind: Mode;
  ready: boolean;
  onSend: (then: Then) => void;
}

/** Send, and what follows. */
export function SendButtons({ kind, ready, onSend }: Props) {
  const { t } = useTranslation();
  const [asking, dialog] = useDisclosure();
  const snooze = (until: string) => onSend({ name: 'snooze', until });
  if (kind !== 'reply') {
    const note = kind === 'note';
    return (
      <Button size="xs" className={note ? classes.addNote : undefined} disabled={!ready} onClick={() => onSend({ name: 'nothing' })} title="Ctrl/⌘ Enter" leftSection={note ? null : <IconArrowForwardUp size={14} />}>
        {t(note ? 'composer.addNote' : 'forward.send')}
      </Button>
    );
  }
  return (
    <>
      <Button.Group>
        <Button size="xs" disabled={!ready} onClick={() => onSend({ name: 'nothing' })} leftSection={<IconSend size={14} />} title="Ctrl/⌘ Enter">
          {t('composer.send')}
        </Button>
        <Menu width={280} position="top-end">
          <Menu.Target>
            <Button size="xs" px={7} disabled={!ready} aria-label={t('composer.sendMore')} className={classes.split}>
              <IconChevronDown size={15} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onSend({ name: 'close' })} rightSection={<Caps keys="Shift Mod Enter" />}>
              {t('composer.sendClose')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Label>{t('composer.sendSnooze')}</Menu.Label>
            <SnoozeItems onPick={snooze} onOwn={dialog.open} />
          </Menu.Dropdown>
        </Menu>
      </Button.Group>
      <Suspense>{asking ? <TimeDialog onClose={dialog.close} onPick={snooze} /> : null}</Suspense>
    </>
  );
}
