import { useTranslation } from 'react-i18next';
import type { Channel, Priority } from '@/api/types';
import { useAgentName } from '@/app/people';
import type { Filter, ListStatus } from './search';

/** What a filter is called on its chip. */
export function useFilterName(): (filter: Filter) => string {
  const { t } = useTranslation();
  const agentName = useAgentName();
  return ({ field, value }) => {
    switch (field) {
      case 'status':
        return t(`view.${value as ListStatus}`);
      case 'assignee':
        return value === 'followed' || value === 'mentioned' || value === 'none' || value === 'me' ? t(`assignee.${value}`) : agentName(value);
      case 'unread':
        return t('filter.unread');
      case 'undelivered':
        return t('delivery.lost');
      case 'channel':
        return t(`channel.${value as Channel}`);
      case 'rating':
        return t('filter.ratingOf', { score: value });
      case 'priority':
        return t('list.priority', { name: t(`priority.${value as Priority}`) });
      case 'customer':
        return t('filter.customer');
      case 'account':
      case 'store':
      case 'label':
        return value;
    }
  };
}
