import { ActionIcon, Menu, Progress } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconArchive,
  IconArrowBackUp,
  IconArrowMerge,
  IconCheck,
  IconChecks,
  IconClock,
  IconDots,
  IconMail,
  IconMailOpened,
  IconTag,
  IconUserPlus,
  IconX,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { contactName, Initials } from '@/app/people';
import { problemText } from '@/app/problems';
import { useAway } from '@/app/presence';
import { workersOptions } from '@/app/roles';
import { useKeys } from '@/app/shortcuts';
import { Tooltip } from '@/app/Tooltip';
import { Chooser } from '@/conversation/pickers';
import { sessionOptions } from '@/conversation/queries';
import { SnoozeItems } from '@/conversation/SnoozeMenu';
import type { Progress as Running, Refusal, Step } from './bulk';
import classes from './BulkBar.module.css';
import { labelsOptions } from './queries';

const MergeDialog = lazy(() => import('./MergeDialog'));
const TimeDialog = lazy(() => import('@/conversation/TimeDialog'));

interface Props {
  rows: readonly Conversation[];
  progress: Running | undefined;
  onStep: (step: Step, rows?: readonly Conversation[]) => void;
  onClear: () => void;
  onAll: () => void;
  onUnderstood: () => void;
}

type Open = 'assign' | 'label' | 'snooze' | null;

/** What can be done to all selected conversations, and how far it is. */
export default function BulkBar({ rows, progress, onStep, onClear, onAll, onUnderstood }: Props) {
  const { t } = useTranslation();
  const running = progress !== undefined && progress.done < progress.total;
  return (
    <section className={classes.bar} aria-label={t('bulk.title')}>
      {progress && !running && progress.refused.length > 0 ? <Refused refused={progress.refused} onUnderstood={onUnderstood} /> : null}
      {running ? (
        <div className={classes.running} role="status">
          <span>{t('bulk.working', { done: progress.done, total: progress.total })}</span>
          <Progress value={(100 * progress.done) / progress.total} size="sm" aria-label={t('bulk.title')} />
        </div>
      ) : rows.length > 0 ? (
        <Tools rows={rows} onStep={onStep} onClear={onClear} onAll={onAll} />
      ) : null}
    </section>
  );
}

function Tools({ rows, onStep, onClear, onAll }: Pick<Props, 'rows' | 'onStep' | 'onClear' | 'onAll'>) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>(null);
  const [merging, merge] = useDisclosure();
  const [asking, time] = useDisclosure();
  const toggle = (name: Open) => (opened: boolean) => setOpen(opened ? name : null);
  useKeys(
    {
      a: () => setOpen('assign'),
      l: () => setOpen('label'),
      s: () => setOpen('snooze'),
      e: () => onStep({ name: 'close' }),
      o: () => onStep({ name: 'reopen' }),
      u: () => onStep({ name: rows.some((row) => row.unread) ? 'read' : 'unread' }),
      Escape: onClear,
    },
    true,
  );
  return (
    <div className={classes.tools} role="toolbar" aria-label={t('bulk.title')}>
      <ActionIcon size={28} aria-label={t('bulk.clear')} onClick={onClear}>
        <IconX size={16} stroke={1.7} />
      </ActionIcon>
      <span className={`${classes.count} n-clip`} role="status">
        {t('bulk.selected', { count: rows.length })}
      </span>
      <AssignAll rows={rows} opened={open === 'assign'} onChange={toggle('assign')} onStep={onStep} />
      <LabelAll rows={rows} opened={open === 'label'} onChange={toggle('label')} onStep={onStep} />
      <Menu opened={open === 'snooze'} onChange={toggle('snooze')} width={260}>
        <Menu.Target>
          <Tool label={t('action.snooze')} keys="S" shown={open !== 'snooze'}>
            <IconClock size={18} stroke={1.6} />
          </Tool>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('snooze.title')}</Menu.Label>
          <SnoozeItems onPick={(until) => onStep({ name: 'snooze', until })} onOwn={time.open} />
        </Menu.Dropdown>
      </Menu>
      <Tool label={t('action.close')} keys="E" onClick={() => onStep({ name: 'close' })}>
        <IconCheck size={18} stroke={1.6} />
      </Tool>
      <Menu width={250}>
        <Menu.Target>
          <ActionIcon aria-label={t('action.more')}>
            <IconDots size={18} stroke={1.6} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconArrowBackUp size={15} />} onClick={() => onStep({ name: 'reopen' })}>
            {t('action.reopen')}
          </Menu.Item>
          <Menu.Item leftSection={<IconArchive size={15} />} onClick={() => onStep({ name: 'archive' })}>
            {t('action.archive')}
          </Menu.Item>
          <Menu.Item leftSection={<IconMailOpened size={15} />} onClick={() => onStep({ name: 'read' })}>
            {t('bulk.read')}
          </Menu.Item>
          <Menu.Item leftSection={<IconMail size={15} />} onClick={() => onStep({ name: 'unread' })}>
            {t('bulk.unread')}
          </Menu.Item>
          <Menu.Item leftSection={<IconArrowMerge size={15} />} disabled={rows.length < 2} onClick={merge.open}>
            {t('bulk.merge')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconChecks size={15} />} onClick={onAll}>
            {t('bulk.all')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {merging ? (
          <MergeDialog
            rows={rows}
            onClose={merge.close}
            onMerge={(into) => onStep({ name: 'merge', into }, rows.filter((row) => row.id !== into))}
          />
        ) : null}
        {asking ? <TimeDialog onClose={time.close} onPick={(until) => onStep({ name: 'snooze', until })} /> : null}
      </Suspense>
    </div>
  );
}

interface ToolProps {
  label: string;
  keys: string;
  shown?: boolean;
  onClick?: () => void;
  children: ReactNode;
}

function Tool({ label, keys, shown = true, children, ...rest }: ToolProps) {
  return (
    <Tooltip label={`${label}  ·  ${keys}`} disabled={!shown}>
      <ActionIcon aria-label={label} {...rest}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

interface PickProps extends Pick<Props, 'rows' | 'onStep'> {
  opened: boolean;
  onChange: (opened: boolean) => void;
}

const NOBODY = '';

function AssignAll({ rows, opened, onChange, onStep }: PickProps) {
  const { t } = useTranslation();
  const { data: agents = [] } = useQuery(workersOptions);
  const { data: me } = useQuery(sessionOptions);
  const away = useAway();
  const all = (assignee: string | null) => rows.every((row) => row.assignee === assignee);
  const mineFirst = [...agents].sort((a, b) => Number(b.id === me?.id) - Number(a.id === me?.id));
  return (
    <Chooser
      opened={opened}
      onChange={onChange}
      onPick={(value) => onStep({ name: 'assign', assignee: value === NOBODY ? null : value })}
      choices={[
        ...mineFirst.map((agent) => ({
          value: agent.id,
          label: agent.id === me?.id ? t('assignee.self', { name: agent.name }) : agent.name,
          on: all(agent.id),
          icon: <Initials name={agent.name} seed={agent.id} size={20} />,
          hint: agent.id === me?.id ? undefined : away(agent.id),
        })),
        { value: NOBODY, label: t('assignee.nobody'), on: all(null) },
      ]}
      placeholder={t('assignee.find')}
      target={
        <ActionIcon aria-label={t('action.assign')} title={`${t('action.assign')}  ·  A`} onClick={() => onChange(!opened)}>
          <IconUserPlus size={18} stroke={1.6} />
        </ActionIcon>
      }
    />
  );
}

/** Picking a label that all of them have takes it away from all. */
function LabelAll({ rows, opened, onChange, onStep }: PickProps) {
  const { t } = useTranslation();
  const { data: labels = [] } = useQuery(labelsOptions);
  const names = [...new Set([...rows.flatMap((row) => row.labels), ...labels.map((each) => each.name)])];
  const onAll = (label: string) => rows.every((row) => row.labels.includes(label));
  return (
    <Chooser
      opened={opened}
      onChange={onChange}
      onPick={(label) =>
        onAll(label)
          ? onStep({ name: 'labels/remove', label })
          : onStep({ name: 'labels/add', label }, rows.filter((row) => !row.labels.includes(label)))
      }
      choices={names.map((name) => ({ value: name, label: name, on: onAll(name) }))}
      placeholder={t('label.find')}
      create={(name) => t('label.create', { name })}
      target={
        <ActionIcon aria-label={t('action.label')} title={`${t('action.label')}  ·  L`} onClick={() => onChange(!opened)}>
          <IconTag size={18} stroke={1.6} />
        </ActionIcon>
      }
    />
  );
}

function Refused({ refused, onUnderstood }: { refused: readonly Refusal[]; onUnderstood: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.refused} role="alert">
      <div className={classes.refusedHead}>
        <strong>{t('bulk.refused', { count: refused.length })}</strong>
        <ActionIcon size={24} aria-label={t('bulk.understood')} onClick={onUnderstood}>
          <IconX size={14} />
        </ActionIcon>
      </div>
      <ul className={`${classes.list} n-scroll`}>
        {refused.map(({ row, error }) => (
          <li key={row.id}>
            <span className="n-clip">
              #{row.number} {contactName(row.contact)}
            </span>
            <span className={classes.why}>{problemText(t, error)}</span>
          </li>
        ))}
      </ul>
      <p className={classes.why}>{t('bulk.refusedText')}</p>
    </div>
  );
}
