import { IconArrowForward, IconArrowForwardUp, IconRobot, type TablerIcon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { MessageItem } from '@/api/types';
import { useRuleName } from '@/settings/queries';
import classes from './MessageMarks.module.css';

/** What kind of message of ours it is, where it is no plain answer. */
export function MessageMarks({ message }: { message: MessageItem }) {
  const { t } = useTranslation();
  const mark = (Icon: TablerIcon, text: string) => (
    <p className={classes.mark}>
      <Icon size={15} stroke={1.7} aria-hidden /> {text}
    </p>
  );
  if (message.rule_id) return <AutomaticMark rule={message.rule_id} />;
  if (message.forwarded === 'redirect') return mark(IconArrowForwardUp, t('message.redirected'));
  return message.forwarded ? mark(IconArrowForward, t('message.forwarded')) : null;
}

function AutomaticMark({ rule }: { rule: string }) {
  const { t } = useTranslation();
  const ruleName = useRuleName();
  return (
    <p className={classes.mark}>
      <IconRobot size={15} stroke={1.7} aria-hidden /> {t('message.autoReply', { rule: ruleName(rule) })}
    </p>
  );
}
