import { beforeEach, describe, expect, it } from 'vitest';
import { contentOf, type Draft, edited, EMPTY, finish, finishedElsewhere, fingerprint, fromBody, isDirty, keptKeys, load, NOTHING, reconcile, restore, save, start, toBody, told } from './draft';

const file = { blob: 'sha256/1', filename: 'a.pdf', media_type: 'application/pdf', size: 3, content_id: null, inline: false };
const ann = { kind: 'email' as const, value: 'ann@a.pl', name: null };
let ids = 0;
const newId = () => `id${(ids += 1)}`;
const draft = (text: string, fields: Partial<Draft> = {}): Draft => ({ ...EMPTY, text, ...fields });
const synced = (text: string): Draft => ({ ...draft(text), synced: fingerprint(draft(text)), version: 'v1' });

beforeEach(() => {
  ids = 0;
  localStorage.clear();
});

describe('sending', () => {
  it('empties the composer and keeps what is on its way', () => {
    const sent = start(draft('Hello', { cc: [ann], attachments: [file] }), newId);
    expect(sent).toMatchObject({ text: '', cc: [], attachments: [] });
    expect(sent.sending).toMatchObject({ text: 'Hello', commandId: 'id1', attachments: [file], cc: [ann] });
    expect(finish(sent)).toMatchObject({ text: '', sending: null });
  });
});

describe('a refusal', () => {
  it('puts everything back before what was written meanwhile, and the next try is a new command', () => {
    const sent = start(draft('First', { html: '<p><strong>First</strong></p>', attachments: [file], to: [ann] }), newId);
    const back = restore({ ...sent, text: 'Second' }, false);
    expect(back).toMatchObject({
      text: 'First\n\nSecond', html: '<p><strong>First</strong></p><p></p><p>Second</p>', attachments: [file], to: [ann], sending: null,
    }); // prettier-ignore
    expect(start(back, newId).sending.commandId).toBe('id2');
  });

  it('gives the formatted text back as it was', () => {
    const html = '<p><em>a</em></p><ul><li><p>b</p></li></ul>';
    expect(restore(start(draft('a', { html }), newId), false).html).toBe(html);
  });

  it('an unknown outcome keeps the command id for the same content only', () => {
    const back = restore(start(draft('Hello'), newId), true);
    expect(start(back, newId).sending.commandId).toBe('id1');
    expect(start({ ...back, text: 'Hello, more' }, newId).sending.commandId).toBe('id2');
  });

  it('is told as long as anything of it is left', () => {
    const back = restore(start(draft('Hello'), newId), true);
    expect(back).toMatchObject({ unsent: true, tried: { text: 'Hello' } });
    expect(edited(back, { text: 'Hello you' })).toMatchObject({ unsent: true, tried: { text: 'Hello' } });
    expect(edited(back, { text: '' })).toMatchObject({ unsent: false, tried: null });
    expect(start(back, newId)).toMatchObject({ unsent: false, tried: null });
  });
});

describe('a draft that was sent elsewhere while it was being kept', () => {
  it('is set aside, not made again', () => {
    const here = { ...synced('It left'), text: 'It left yest' };
    const after = finishedElsewhere(here, fingerprint(here));
    expect(after).toMatchObject({ text: '', synced: '', other: { text: 'It left yest' } });
    expect(isDirty(after)).toBe(false);
  });

  it('goes on as a new one where more has been written since', () => {
    const here = { ...synced('It left'), text: 'It left. One more thing' };
    expect(finishedElsewhere(here, fingerprint(draft('It left yest')))).toMatchObject({ text: here.text, synced: '', other: null });
  });

  it('is another thing than one that was sent here', () => {
    const after = finish(start(synced('Hello'), newId));
    expect([after.version, isDirty(after)]).toEqual([null, true]);
    expect(reconcile(after, contentOf(synced('Hello')), 'v1')).toMatchObject({ text: '', version: 'v1' });
    expect(told(after, fingerprint(draft('Next')), 'v2').version).toBe('v2');
  });
});

describe('what is here and what the server has', () => {
  const there = (text: string) => contentOf(draft(text));

  it('follows the server where nothing was written here', () => {
    expect(reconcile(EMPTY, there('from the phone'), 'v2')).toMatchObject({ text: 'from the phone', other: null });
    expect(reconcile(synced('old'), there('newer'), 'v2')).toMatchObject({ text: 'newer', version: 'v2' });
    expect(reconcile(synced('sent elsewhere'), null, null)).toMatchObject({ text: '', synced: '' });
  });

  it('keeps what was written here', () => {
    const mine = { ...synced('old'), text: 'old and more' };
    expect(reconcile(mine, there('old'), 'v1')).toMatchObject({ text: 'old and more', other: null });
    expect(isDirty(reconcile(mine, there('old'), 'v1'))).toBe(true);
    expect(reconcile(mine, null, null)).toMatchObject({ text: 'old and more', synced: '' });
  });

  it('does not bring back what has been sent while the server still has it', () => {
    const sent = finish(start(synced('Hello'), newId));
    expect(reconcile(sent, there('Hello'), 'v1')).toMatchObject({ text: '' });
    expect(isDirty(reconcile(sent, there('Hello'), 'v1'))).toBe(true);
  });

  it('offers the other one where both have changed', () => {
    const both = reconcile({ ...synced('old'), text: 'mine' }, there('theirs'), 'v2');
    expect(both).toMatchObject({ text: 'mine', version: 'v2', other: { text: 'theirs' } });
    expect(isDirty(both)).toBe(true);
    expect(reconcile({ ...synced('old'), text: '' }, there('theirs'), 'v2')).toMatchObject({ text: 'theirs', other: null });
  });

  it('is the same in both spellings', () => {
    const content = { ...NOTHING, text: 'a\nb', html: '<p>a</p><p>b</p>', to: [ann], mentions: ['a1'] };
    expect(fingerprint(fromBody('c1', toBody('c1', content)))).toBe(fingerprint(content));
    expect(fingerprint({ ...content, html: null })).toBe(fingerprint(content));
    expect(fromBody('c1', { ...toBody('c1', content), html: '<div>a</div><div><br></div>', subject: 'Re: x' })).toMatchObject({
      html: '<p>a</p><p></p>', subject: null,
    }); // prettier-ignore
  });
});

describe('the store', () => {
  it('keeps a draft per agent and key and drops an empty one', () => {
    save(localStorage, 'a1', 'c1.note', draft('Hello'));
    expect(load(localStorage, 'a1', 'c1.note').text).toBe('Hello');
    expect(load(localStorage, 'a2', 'c1.note')).toEqual(EMPTY);
    expect(keptKeys(localStorage, 'a1')).toEqual(['c1.note']);
    save(localStorage, 'a1', 'c1.note', { ...synced('Hello'), text: '' });
    expect(keptKeys(localStorage, 'a1')).toEqual(['c1.note']); // the server has yet to be told
    save(localStorage, 'a1', 'c1.note', EMPTY);
    expect(localStorage.length).toBe(0);
  });

  it('brings back what was on its way when the page closed', () => {
    save(localStorage, 'a1', 'c1', start(draft('Hello'), newId));
    const found = load(localStorage, 'a1', 'c1');
    expect(found.text).toBe('Hello');
    expect(start(found, newId).sending.commandId).toBe('id1');
  });

  it('brings it back once, and not again when the agent has taken it out', () => {
    save(localStorage, 'a1', 'c1', restore(start(draft('Hello'), newId), true));
    save(localStorage, 'a1', 'c1', load(localStorage, 'a1', 'c1'));
    expect(load(localStorage, 'a1', 'c1').text).toBe('Hello');
    save(localStorage, 'a1', 'c1', edited(load(localStorage, 'a1', 'c1'), { text: '' }));
    expect(load(localStorage, 'a1', 'c1').text).toBe('');
  });

  it('survives a broken entry', () => {
    localStorage.setItem('nitka.draft.a1:c1', '{"text":');
    expect(load(localStorage, 'a1', 'c1')).toEqual(EMPTY);
  });
});
