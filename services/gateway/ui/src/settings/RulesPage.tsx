import { useTranslation } from 'react-i18next';

export function RulesPage() {
  const { t } = useTranslation();
  return <h2>{t('settings.tab.rules')}</h2>;
}
