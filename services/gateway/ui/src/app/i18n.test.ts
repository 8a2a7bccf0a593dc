import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPluralElement, type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import en from '@/locales/en.json';
import pl from '@/locales/pl.json';
import ptBR from '@/locales/pt-BR.json';
import tr from '@/locales/tr.json';
import { pickLanguage } from './i18n';

type Texts = { [name: string]: string | Texts };

function flat(texts: Texts, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([name, value]) =>
      typeof value === 'string' ? [[prefix + name, value] as const] : [...flat(value, `${prefix}${name}.`)],
    ),
  );
}

function names(elements: MessageFormatElement[]): Set<string> {
  const found = new Set<string>();
  for (const element of elements) {
    if (element.type !== TYPE.literal && element.type !== TYPE.pound) found.add(element.value);
    if (isPluralElement(element)) {
      Object.values(element.options).forEach((option) => names(option.value).forEach((name) => found.add(name)));
    }
  }
  return found;
}

const english = flat(en);

describe.each([
  ['en', en],
  ['pl', pl],
  ['pt-BR', ptBR],
  ['tr', tr],
])('the texts in %s', (language, texts) => {
  const found = flat(texts);

  it('are complete', () => expect([...found.keys()]).toEqual([...english.keys()]));

  it('are valid, with the same variables', () => {
    for (const [key, text] of found) {
      expect([key, [...names(parse(text))].sort()]).toEqual([key, [...names(parse(english.get(key) ?? ''))].sort()]);
    }
  });

  it('have every plural form of the language', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, text] of found) {
      for (const element of parse(text).filter(isPluralElement)) {
        expect([key, forms.filter((form) => !(form in element.options))]).toEqual([key, []]);
      }
    }
  });
});

it('a fraction has its own form', () => {
  const said = (texts: typeof en, language: string, count: number) => new IntlMessageFormat(texts.customer.perMonth, language).format({ count });
  expect([said(pl, 'pl', 2.5), said(pl, 'pl', 5), said(en, 'en', 1), said(en, 'en', 1.5), said(ptBR, 'pt-BR', 0.5)]).toEqual([
    '2,5 zamówienia miesięcznie', '5 zamówień miesięcznie', '1 order per month', '1.5 orders per month', '0,5 pedido por mês',
  ]); // prettier-ignore
});

it('no component holds a text of its own', () => {
  const root = join(import.meta.dirname, '..');
  const components = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
  expect(components.length).toBeGreaterThan(20);
  for (const name of components) {
    const words = readFileSync(join(root, name), 'utf8').match(/<[A-Za-z][^<>]*>\s*\p{Lu}\p{Ll}+ [^<{]*<\//gu) ?? [];
    expect([name, words]).toEqual([name, []]);
  }
});

it('the language is the chosen one, else the browser’s, else English', () => {
  expect(pickLanguage('tr', ['pl'])).toBe('tr');
  expect(pickLanguage(null, ['de-DE', 'pt-PT'])).toBe('pt-BR');
  expect(pickLanguage(null, ['pl-PL'])).toBe('pl');
  expect(pickLanguage('xx', ['de'])).toBe('en');
});
