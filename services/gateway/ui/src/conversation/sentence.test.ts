import i18next, { type i18n, type TFunction } from 'i18next';
import ICU from 'i18next-icu';
import { describe, expect, it } from 'vitest';
import type { Agent, SystemItem } from '@/api/types';
import { formatter } from '@/app/format';
import en from '@/locales/en.json';
import pl from '@/locales/pl.json';
import ptBR from '@/locales/pt-BR.json';
import tr from '@/locales/tr.json';
import { conversation } from '@/testing';
import { joined, LINK, sentence, type Words, wordsOf } from './sentence';

const TEXTS = { en, pl, 'pt-BR': ptBR, tr };
const agents = [
  { id: 'ola', name: 'Ola' },
  { id: 'jan', name: 'Jan' },
] as Agent[];
const rules = [{ id: 'r1', name: 'Night reply' }];

async function wordsIn(language: keyof typeof TEXTS): Promise<Words> {
  const own: i18n = i18next.createInstance();
  await own.use(ICU).init({ lng: language, defaultNS: 'app', resources: { [language]: { app: TEXTS[language] } }, interpolation: { escapeValue: false } });
  return wordsOf(own.t as TFunction, formatter(language), conversation(), agents, rules);
}

let count = 0;
function line(type: string, data: SystemItem['data'] = {}, actor_kind = 'agent', actor_id: string | null = 'ola'): SystemItem {
  return { kind: 'system', sequence: (count += 1), at: '2026-11-02T10:00:00Z', type, actor_kind, actor_id, data };
}

const BY_HAND = [
  line('assigned', { assignee: 'jan', previous: null, reason: 'manual' }),
  line('assigned', { assignee: 'ola', previous: null, reason: 'manual' }),
  line('assigned', { assignee: null, previous: 'jan', reason: 'manual' }),
  line('assigned', { assignee: null, previous: 'ola', reason: 'manual' }),
  line('label_added', { label: 'returns' }),
  line('label_removed', { label: 'returns' }),
  line('follower_added', { agent: 'ola' }),
  line('follower_added', { agent: 'jan' }),
  line('follower_removed', { agent: 'ola' }),
  line('follower_removed', { agent: 'jan' }),
  line('participant_added', { contact: 'eve@example.com' }),
  line('participant_removed', { contact: null }),
  line('priority_changed', { priority: 'urgent', previous: 'normal' }),
  line('queue_changed', { queue: 'Returns', previous: null }),
  line('queue_changed', { queue: null, previous: 'Returns' }),
  line('reply_withdrawn'),
  line('forwarded', { mode: 'forward' }),
  line('forwarded', { mode: 'redirect' }),
  line('closed'),
  line('archived'),
  line('snoozed', { until: '2026-11-03T10:00:00Z' }),
  line('reopened', { previous: 'closed', reason: 'manual' }),
  line('merged', { into: 'c2' }),
  line('absorbed', { absorbed: 'c2' }),
  line('split_off', { into: 'c2', messages: 2 }),
  line('split_from', { from: 'c2' }),
];
const BY_ITSELF = [
  line('assigned', { assignee: 'jan', previous: null, reason: 'serve_next' }, 'agent', 'jan'),
  line('assigned', { assignee: null, previous: 'jan', reason: 'returned' }, 'system', null),
  line('reopened', { previous: 'closed', reason: 'customer_message' }, 'customer', null),
  line('reopened', { previous: 'snoozed', reason: 'snooze_ended' }, 'system', null),
  line('reopened', { previous: 'closed', reason: 'merged' }),
  line('reopened', { previous: 'closed', reason: 'delivery_failed' }, 'system', null),
  line('rating_requested', {}, 'system', null),
  line('rated', { score: 5 }, 'customer', null),
  line('auto_replied', { rule: 'r1' }, 'rule', 'r1'),
  line('delivery_changed', { state: 'failed' }, 'system', null),
  line('delivery_changed', { state: 'bounced', contact: 'eve@example.com' }, 'system', null),
  line('delivery_changed', { state: 'unconfirmed', contact: 'eve@example.com' }, 'system', null),
];

describe.each(['en', 'pl', 'pt-BR', 'tr'] as const)('what happened, in %s', (language) => {
  it('has a sentence for every event, without a hole in it', async () => {
    const words = await wordsIn(language);
    const texts = [...BY_HAND, ...BY_ITSELF].map((each) => sentence(each, words)?.text ?? '');
    expect(texts.filter((text) => text.length < 8 || /[{}]|undefined|null|event\./.test(text))).toEqual([]);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('begins with who did it, so that sentences of one actor can be joined', async () => {
    const words = await wordsIn(language);
    const others = BY_HAND.map((each) => sentence(each, words)?.text ?? '').filter((text) => !/^Ola(:| )\s*\S/.test(text));
    expect(others).toEqual([]);
  });

  it('says why one of several recipients did not get a message', async () => {
    const data = { state: 'failed', contact: 'eve@example.com', reason: '552 mailbox full' };
    const told = sentence(line('delivery_changed', data, 'system', null), await wordsIn(language))?.text;
    expect(told).toContain('eve@example.com');
    expect(told).toContain('552 mailbox full');
  });

  it('counts what was split off, and leads to where it went', async () => {
    const words = await wordsIn(language);
    const split = [1, 2, 5, 22].map((messages) => sentence(line('split_off', { into: 'c2', messages }), words));
    expect(split.map((each) => [each?.text.includes(LINK), each?.to])).toEqual(Array(4).fill([true, 'c2']));
    expect(split.map((each) => /\d+/.exec(each?.text ?? '')?.[0])).toEqual(['1', '2', '5', '22']);
  });
});

describe('wording', () => {
  it('is the language’s own', async () => {
    const text = async (language: keyof typeof TEXTS, each: SystemItem) => sentence(each, await wordsIn(language))?.text;
    const byRule = line('label_added', { label: 'returns' }, 'rule', 'r1');
    expect(await text('en', byRule)).toBe('Rule “Night reply” added the label returns');
    expect(await text('pl', byRule)).toBe('Reguła „Night reply”: dodano etykietę returns');
    expect(await text('pt-BR', byRule)).toBe('Regra “Night reply” adicionou a etiqueta returns');
    expect(await text('tr', byRule)).toBe('“Night reply” kuralı returns etiketini ekledi');
    const split = (messages: number) => line('split_off', { into: 'c2', messages });
    expect(await text('pl', split(2))).toBe(`Ola: przeniesiono 2 wiadomości do ${LINK}`);
    expect(await text('pl', split(1))).toBe(`Ola: przeniesiono 1 wiadomość do ${LINK}`);
  });

  it('joins what the same one did, and sets apart what leads elsewhere', async () => {
    const lines = [line('assigned', { assignee: 'ola', previous: null, reason: 'manual' }), line('label_added', { label: 'vip' }), line('absorbed', { absorbed: 'c2' })];
    expect(joined(lines, await wordsIn('en')).map(({ text }) => text)).toEqual(['Ola took the conversation, added the label vip', `Ola merged ${LINK} into it`]);
    expect(joined(lines, await wordsIn('pl'))[0]?.text).toBe('Ola: przejęcie rozmowy, dodano etykietę vip');
    expect(joined([line('unknown_to_us')], await wordsIn('en'))).toEqual([]);
  });

  it('keeps apart what a customer said with a rating', async () => {
    const words = await wordsIn('en');
    const comment = 'Too slow <b>again</b>';
    expect([1, 2, 3].map((score) => sentence(line('rated', { score }, 'customer', null), words)?.bad)).toEqual([true, true, undefined]);
    const lines = [line('rated', { score: 2, comment }, 'customer', null), line('rated', { score: 5 }, 'customer', null)];
    expect(joined(lines, words)).toEqual([{ text: 'Ann gave 2 of 5', quote: comment, bad: true }, { text: 'Ann gave 5 of 5' }]);
  });

  it('calls who is gone by what they were', async () => {
    const words = await wordsIn('en');
    expect(sentence(line('closed', {}, 'agent', 'left'), words)?.text).toBe('Former colleague closed the conversation');
    expect(sentence(line('label_added', { label: 'x' }, 'rule', 'deleted'), words)?.text).toBe('A rule added the label x');
  });
});
