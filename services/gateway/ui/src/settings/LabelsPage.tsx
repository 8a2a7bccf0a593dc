import { useTranslation } from 'react-i18next';

export function LabelsPage() {
  const { t } = useTranslation();
  return <h2>{t('settings.tab.labels')}</h2>;
}
