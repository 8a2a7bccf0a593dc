import { describe, expect, it } from 'vitest';
import type { Agent } from '@/api/types';
import { findAgents, mentioned, piecesOf, sharedNames } from './mentions';
import { chosen, isAddress, isForOthers, parseRecipients, sameRecipients } from './recipients';
import { fillHtml, fillText, findTemplates, firstName, triggerIn, unfilled, valuesOf, versionIn } from './templates';

describe('recipients', () => {
  it('reads what people paste', () => {
    expect(parseRecipients('Ann <Ann@A.pl>, "Nowak, Ola" <ola@b.pl>; jan@c.pl\njan@c.pl').points).toEqual([
      { kind: 'email', value: 'ann@a.pl', name: 'Ann' },
      { kind: 'email', value: 'ola@b.pl', name: 'Nowak, Ola' },
      { kind: 'email', value: 'jan@c.pl', name: null },
    ]);
    expect(parseRecipients('a@b.pl c@d.pl').points.map((each) => each.value)).toEqual(['a@b.pl', 'c@d.pl']);
  });

  it('keeps what is no address apart', () => {
    expect(parseRecipients('ann, x@y, ok@b.pl')).toMatchObject({ points: [{ value: 'ok@b.pl' }], bad: ['ann', 'x@y'] });
    expect(['a@b', 'a b@c.pl', 'a@b..pl', '@c.pl', 'a@c.p'].filter(isAddress)).toEqual([]);
    expect(sameRecipients(parseRecipients('a@b.pl,c@d.pl').points, parseRecipients('c@d.pl,a@b.pl').points)).toBe(true);
  });
});

it('a mail that is begun is for others when it goes to somebody, and not to this one', () => {
  const [ann, bob] = parseRecipients('ann@a.pl, bob@b.pl').points;
  if (!ann || !bob) throw new Error('two addresses');
  expect(isForOthers({ to: [ann] }, bob)).toBe(true);
  expect(isForOthers({ to: [ann, bob] }, bob)).toBe(false);
  expect(isForOthers({ to: [] }, bob)).toBe(false);
});

describe('recipients of an answer', () => {
  const [ann, bob, eve] = parseRecipients('ann@a.pl, bob@b.pl, eve@c.pl').points.map((each) => [each]);
  const reply = { to: ann ?? [], cc: bob ?? [] };
  const nobody = { to: [], cc: [] };

  it('are whom the server says until the agent chooses', () => {
    expect(chosen(nobody, reply, false)).toEqual(reply);
    expect(chosen({ to: [], cc: eve ?? [] }, reply, false)).toEqual({ to: ann, cc: eve });
    expect(chosen({ to: eve ?? [], cc: [] }, reply, false)).toEqual({ to: eve, cc: [] });
  });

  it('are nobody when the agent took out the last one', () => {
    expect(chosen(nobody, reply, true)).toEqual(nobody);
  });
});

describe('templates', () => {
  const values = valuesOf({
    row: { number: 12, subject: 'Lamp', contact: { kind: 'email', value: 'ann@a.pl', name: 'Ann <b>' }, account: 'x@y.pl' },
    agent: { name: 'Ola' },
    inbox: { name: 'Support', store: '' },
    card: null,
  });

  it('are filled in, and what is not known stays to be seen', () => {
    const text = 'Hi {{customer.first_name|there}}, #{{ conversation.number }} {{order.number}} {{shop.name}}';
    expect(fillText(text, values)).toBe('Hi Ann, #12 {{order.number}} Support');
    expect(fillText('Hi {{customer.first_name|there}}', {})).toBe('Hi there');
    expect(fillHtml('<p>{{customer.name}}</p>', values)).toBe('<p>Ann &lt;b&gt;</p>');
    expect(unfilled('{{order.number}} {{ no }} {{order.number}}')).toEqual(['{{order.number}}']);
  });

  it('know first names', () => {
    expect(['Anna Nowak', 'Nowak, Anna', '"Ola"', 'a@b.pl', ''].map(firstName)).toEqual(['Anna', 'Anna', 'Ola', '', '']);
  });

  it('are found by short cut, name and words', () => {
    const make = (name: string, shortcut: string, text = '') => ({ id: name, name, shortcut, text, html: null, variants: [] });
    const all = [make('Where is my order', 'where'), make('Return', 'zwrot', 'send it back'), make('Order returned', 'r')];
    expect(findTemplates(all, 'r').map((each) => each.name)).toEqual(['Order returned', 'Return', 'Where is my order']);
    expect(findTemplates(all, 'ZWROT').map((each) => each.name)).toEqual(['Return']);
    expect(findTemplates(all, 'back send').map((each) => each.name)).toEqual(['Return']);
    expect(findTemplates(all, 'nothing')).toEqual([]);
  });

  it('are there in the language that is asked for, else in their own', () => {
    const polish = { language: 'pl', text: 'Dzień dobry', html: null };
    const hello = { id: 'h', name: 'Hello', shortcut: '', text: 'Good day', html: null, variants: [polish] };
    expect(versionIn(hello, 'pl')).toEqual(polish);
    expect(['de', null].map((language) => versionIn(hello, language).text)).toEqual(['Good day', 'Good day']);
    expect(findTemplates([hello], 'dzien').map((each) => each.id)).toEqual(['h']);
  });

  it('begin with a slash that begins a word', () => {
    expect(triggerIn('Hello /ret', ['/'])).toEqual({ mark: '/', query: 'ret', length: 4 });
    expect(triggerIn('/', ['/'])).toEqual({ mark: '/', query: '', length: 1 });
    expect(triggerIn('on 11/12', ['/'])).toBeNull();
    expect(triggerIn('https://a', ['/'])).toBeNull();
    expect(triggerIn('Hi @ola n', ['@'])).toEqual({ mark: '@', query: 'ola n', length: 6 });
    expect(triggerIn('a@b', ['@'])).toBeNull();
    expect(triggerIn('either / or', ['/'])).toBeNull();
  });
});

describe('mentions', () => {
  const agents = [{ id: 'a1', name: 'Ola' }, { id: 'a2', name: 'Ola Nowak' }];
  it('are the longest names', () => {
    expect(piecesOf('Hi @Ola Nowak, and @Ola!', agents)).toEqual([
      { text: 'Hi ' }, { text: '@Ola Nowak', agents: ['a2'] }, { text: ', and ' }, { text: '@Ola', agents: ['a1'] }, { text: '!' },
    ]); // prettier-ignore
    expect(mentioned('@Olaf @Ola Nowak', agents, [])).toEqual(['a2']);
  });

  it('of one name call the one who was chosen, and all of them where nobody was', () => {
    const agents = [{ id: 'a1', name: 'Ola' }, { id: 'a2', name: 'Ola' }, { id: 'a3', name: 'Jan' }];
    expect(mentioned('Ask @Ola', agents, ['a1'])).toEqual(['a1']);
    expect(mentioned('Ask @Ola, @Jan', agents, ['a2', 'a1'])).toEqual(['a1', 'a2', 'a3']);
    expect(mentioned('Ask @Ola', agents, [])).toEqual(['a1', 'a2']);
    expect(mentioned('Ask @Jan', agents, ['a1'])).toEqual(['a3']);
    expect([...sharedNames(agents)]).toEqual(['Ola']);
  });
});

it('colleagues are offered by their names, whoever writes as the last', () => {
  const agent = (id: string, name: string, role: Agent['role'] = 'agent'): Agent => ({ id, name, role, email: `${id}@nitka.example` });
  const team = [agent('a', 'Ann Nowak'), agent('o', 'Ola Nowak'), agent('e', 'Eva', 'analyst')];
  const found = (query: string, me: string) => findAgents(team, query, me).map(({ id }) => id);
  expect([found('', 'a'), found('now', 'o'), found('ann', 'a'), found('eva', 'a')]).toEqual([['o', 'a'], ['a', 'o'], ['a'], []]);
});
