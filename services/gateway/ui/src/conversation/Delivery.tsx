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

/** What is known of an outbound message, as a word with its own icon; the reason of a failure beside it. */
export function Delivery({ state, reason }: { state: DeliveryState; reason: string | null }) {
  const { t } = useTranslation();
  const Icon = ICONS[state];
  return (
    <span className={classes.state} data-state={state}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {t(`delivery.${state}`)}
      {reason && ['failed', 'bounced'].includes(state) ? <span className={`${classes.reason} n-clip`} title={reason}>{reason}</span> : null}
    </span>
  );
}
