import { useTranslation } from 'react-i18next';

export function TemplatesPage() {
  const { t } = useTranslation();
  return <h2>{t('settings.tab.templates')}</h2>;
}
