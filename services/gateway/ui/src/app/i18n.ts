import i18next, { type i18n } from 'i18next';
import ICU from 'i18next-icu';
import { initReactI18next } from 'react-i18next';
import type en from '@/locales/en.json';

export const LANGUAGES = { en: 'English', pl: 'Polski', 'pt-BR': 'Português (Brasil)', tr: 'Türkçe' } as const;
export type Language = keyof typeof LANGUAGES;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: { app: typeof en };
  }
}

const KEY = 'nitka.language';
const texts = import.meta.glob<{ default: Record<string, unknown> }>('../locales/*.json');

/** The language that was chosen, else the browser's first one that we speak, else English. */
export function pickLanguage(chosen: string | null, wanted: readonly string[]): Language {
  const known = Object.keys(LANGUAGES) as Language[];
  for (const each of chosen ? [chosen, ...wanted] : wanted) {
    const found =
      known.find((language) => language.toLowerCase() === each.toLowerCase()) ??
      known.find((language) => language.split('-')[0] === each.toLowerCase().split('-')[0]);
    if (found) return found;
  }
  return 'en';
}

async function load(language: Language): Promise<Record<string, unknown>> {
  const read = texts[`../locales/${language}.json`];
  if (!read) throw new Error(`no texts for ${language}`);
  return (await read()).default;
}

export async function startI18n(): Promise<i18n> {
  const language = pickLanguage(localStorage.getItem(KEY), navigator.languages);
  document.documentElement.lang = language;
  await i18next
    .use(ICU)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: false,
      defaultNS: 'app',
      resources: { [language]: { app: await load(language) } },
      interpolation: { escapeValue: false },
      react: { useSuspense: false },
    });
  return i18next;
}

/** Speak the chosen language, or with `auto` the browser's, also at the next start, before anybody has signed in. */
export async function followLanguage(chosen: Language | 'auto'): Promise<void> {
  if (chosen === 'auto') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
  const language = pickLanguage(chosen === 'auto' ? null : chosen, navigator.languages);
  if (language === i18next.language) return;
  if (!i18next.hasResourceBundle(language, 'app')) i18next.addResourceBundle(language, 'app', await load(language));
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}
