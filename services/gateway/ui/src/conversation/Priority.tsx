import { Menu, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconChevronsUp, IconChevronUp, IconMinus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Priority } from '@/api/types';
import type { Act } from './commands';
import classes from './Priority.module.css';

export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const satisfies readonly Priority[];

const SHAPES = { urgent: IconChevronsUp, high: IconChevronUp, normal: IconMinus, low: IconChevronDown } as const;

/** The priority as a shape and a word, which opens the choice. */
export function PriorityMenu({ row, act, disabled }: { row: Conversation; act: Act; disabled: boolean }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-start" width={180} disabled={disabled}>
      <Menu.Target>
        <UnstyledButton className={classes.button} data-priority={row.priority} aria-label={t('conversation.priorityOf', { name: t(`priority.${row.priority}`) })} disabled={disabled}>
          <Shape priority={row.priority} />
          {t(`priority.${row.priority}`)}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('priority.title')}</Menu.Label>
        {PRIORITIES.map((priority) => (
          <Menu.Item
            key={priority}
            leftSection={<Shape priority={priority} />}
            rightSection={priority === row.priority ? <IconCheck size={14} role="img" aria-label={t('chosen')} /> : null}
            onClick={() => void act({ name: 'priority', priority })}
          >
            {t(`priority.${priority}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Shape({ priority }: { priority: Priority }) {
  const Icon = SHAPES[priority];
  return <Icon size={15} stroke={2.2} aria-hidden className={classes.shape} data-priority={priority} />;
}
