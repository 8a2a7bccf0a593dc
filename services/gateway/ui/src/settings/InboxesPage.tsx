import { useTranslation } from 'react-i18next';

export function InboxesPage() {
  const { t } = useTranslation();
  return <h2>{t('settings.tab.inboxes')}</h2>;
}
