import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCheck,
  IconChecks,
  IconClockHour3,
  IconEye,
  IconHelpCircle,
  type TablerIcon,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { DeliveryState } from '@/api/types';
import classes from './Delivery.module.css';

const ICONS: Record<DeliveryState, TablerIcon> = {
  queued: IconClockHour3,
  sent: IconCheck,
  delivered: IconChecks,
  read: IconEye,
  failed: IconAlertTriangle,
  bounced: IconArrowBackUp,
  unconfirmed: IconHelpCircle,
};

interface Props {
  state: DeliveryState;
  reason: string | null;
  /** Who did not get it though others did. */
  missed?: readonly string[];
}

/** The mark of a conversation from which an agent's message may not have arrived. */
export function NotDelivered() {
  const { t } = useTranslation();
  return (
    <span className={`${classes.state} ${classes.mark}`} data-state="failed" title={t('delivery.lostText')}>
      <IconAlertTriangle size={14} stroke={1.8} aria-hidden />
      {t('delivery.lost')}
    </span>
  );
}

/** The reason of a failure without the kind that mail servers write before it, which says nothing to people. */
export function saidReason(reason: string | null): string | null {
  return reason && reason.replace(/^\s*smtp\s*;\s*/i, '');
}

/** What is known of an outbound message, as a word with its own icon; the reason of a failure beside it. */
export function Delivery({ state, reason: given, missed = [] }: Props) {
  const { t } = useTranslation();
  const reason = saidReason(given);
  const Icon = ICONS[state];
  if (missed.length > 0) {
    const names = missed.join(', ');
    return (
      <span className={classes.state} data-state="failed" title={reason ?? undefined}>
        <IconAlertTriangle size={14} stroke={1.8} aria-hidden />
        <span className="n-clip" title={names}>
          {t('message.undelivered', { names })}
        </span>
      </span>
    );
  }
  return (
    <span className={classes.state} data-state={state}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {t(`delivery.${state}`)}
      {reason && ['failed', 'bounced'].includes(state) ? <span className={`${classes.reason} n-clip`} title={reason}>{reason}</span> : null}
    </span>
  );
}
