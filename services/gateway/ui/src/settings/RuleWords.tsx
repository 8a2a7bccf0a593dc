/** Rules in words. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Segment } from '@/api/types';
import { useLanguageNames } from '@/app/languages';
import { useAgentName } from '@/app/people';
import { LabelChip } from '@/conversation/LabelChip';
import { statusWord } from '@/customer/status';
import { type SaveRule, templatesOptions } from './queries';
import { type Action, type Condition, wholeSentence } from './rules';
import classes from './shop.module.css';

/** What a value of a condition is called. */
export function useValueWords(): (fact: Condition['fact'], value: string) => string {
  const { t } = useTranslation();
  const language = useLanguageNames();
  return (fact, value) => {
    switch (fact) {
      case 'channel':
        return t(`channel.${value as 'email'}`);
      case 'language':
        return language(value);
      case 'segment':
        return t(`segment.${value as Segment}`);
      case 'order_status':
        return statusWord(t, value);
      case 'hours':
        return t(`shop.value.${value as 'inside' | 'outside'}`);
      case 'customer':
        return t(`shop.value.${value as 'known' | 'unknown'}`);
      case 'first_contact':
      case 'attachment':
      case 'automatic':
        return t(`shop.value.${value as 'yes' | 'no'}`);
      default:
        return value;
    }
  };
}

/** The conditions of a rule in one sentence. */
export function useConditionWords(): (rule: SaveRule) => string {
  const { t, i18n } = useTranslation();
  const word = useValueWords();
  const list = (match: 'all' | 'any', parts: string[]) => new Intl.ListFormat(i18n.language, { type: match === 'all' ? 'conjunction' : 'disjunction' }).format(parts);
  const one = ({ fact, op, values }: Condition) => {
    const whole = values[0] && wholeSentence(fact, values[0]);
    if (whole) return t(`shop.said.${whole}`);
    const name = t(`shop.fact.${fact}`);
    return `${name.charAt(0).toLocaleLowerCase(i18n.language)}${name.slice(1)} ${t(`shop.op.${op}`)} ${list('any', values.map((value) => word(fact, value)))}`;
  };
  return ({ groups, match }) => {
    if (groups.length === 0) return t('shop.rule.always');
    const words = list(match, groups.map((group) => list(group.match, group.conditions.map(one))));
    return words.charAt(0).toLocaleUpperCase(i18n.language) + words.slice(1);
  };
}

/** What a rule does. */
export function ActionWords({ actions }: { actions: readonly Action[] }) {
  return (
    <span className={classes.chips}>
      {actions.map((action, index) => (
        <ActionWord key={index} action={action} />
      ))}
    </span>
  );
}

function ActionWord({ action }: { action: Action }) {
  const { t } = useTranslation();
  const agentName = useAgentName();
  const { data: templates = [] } = useQuery(templatesOptions);
  switch (action.kind) {
    case 'add_label':
      return <LabelChip name={action.label} />;
    case 'reply':
      return <span className={classes.dim}>{t('shop.does.reply', { name: templates.find((each) => each.id === action.template_id)?.template.name ?? '…' })}</span>;
    case 'assign':
      return <span className={classes.dim}>{t('shop.does.assign', { name: agentName(action.agent_id) })}</span>;
    case 'queue':
      return <span className={classes.dim}>{t('shop.does.queue', { name: action.queue })}</span>;
    case 'priority':
      return <span className={classes.dim}>{t('shop.does.priority', { name: t(`priority.${action.priority}`) })}</span>;
  }
}
