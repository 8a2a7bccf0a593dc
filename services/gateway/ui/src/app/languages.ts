import { useTranslation } from 'react-i18next';

/** Languages by their name in the agent's. */
export function useLanguageNames(): (language: string) => string {
  const { i18n } = useTranslation();
  const names = new Intl.DisplayNames(i18n.language, { type: 'language' });
  return (language) => names.of(language) ?? language;
}
