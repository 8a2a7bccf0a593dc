import { ActionIcon, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendarTime, IconClock } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/app/format';
import { Tooltip } from '@/app/Tooltip';
import { HERE, useZone } from '@/app/zone';
import classes from './SnoozeMenu.module.css';
import { presets } from './snooze';

const TimeDialog = lazy(() => import('./TimeDialog'));

interface Props {
  opened: boolean;
  onChange: (opened: boolean) => void;
  onPick: (until: string) => void;
}

export function SnoozeMenu({ opened, onChange, onPick }: Props) {
  const { t } = useTranslation();
  const [asking, dialog] = useDisclosure();
  return (
    <>
      <Menu opened={opened} onChange={onChange} width={260}>
        <Menu.Target>
          <Tooltip label={`${t('action.snooze')}  ·  S`} disabled={opened}>
            <ActionIcon aria-label={t('action.snooze')}>
              <IconClock size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('snooze.title')}</Menu.Label>
          <SnoozeItems onPick={onPick} onOwn={dialog.open} />
        </Menu.Dropdown>
      </Menu>
      <Suspense>{asking ? <TimeDialog onClose={dialog.close} onPick={onPick} /> : null}</Suspense>
    </>
  );
}

/** The presets and "own time", for any menu. */
export function SnoozeItems({ onPick, onOwn }: { onPick: (until: string) => void; onOwn: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const zone = useZone();
  return (
    <>
      {zone === HERE ? null : <Menu.Label className={classes.zone}>{zone}</Menu.Label>}
      {presets(new Date(), zone).map(({ name, until }) => (
        <Menu.Item key={name} onClick={() => onPick(until.toISOString())} rightSection={<span className={classes.when}>{format.soon(until)}</span>}>
          {t(`snooze.${name}`)}
        </Menu.Item>
      ))}
      <Menu.Item onClick={onOwn} rightSection={<IconCalendarTime size={15} stroke={1.6} />}>
        {t('snooze.own')}
      </Menu.Item>
    </>
  );
}
