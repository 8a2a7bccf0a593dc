import { beforeEach, describe, expect, it } from 'vitest';
import { type Draft, EMPTY, finish, load, restore, save, start } from './draft';

const file = { blob: 'sha256/1', filename: 'a.pdf', media_type: 'application/pdf', size: 3, content_id: null, inline: false };
let ids = 0;
const newId = () => `id${(ids += 1)}`;
const reply = (text: string, fields: Partial<Draft> = {}): Draft => ({ ...EMPTY, reply: text, ...fields });

beforeEach(() => {
  ids = 0;
  localStorage.clear();
});

describe('sending', () => {
  it('empties the composer and keeps what is on its way', () => {
    const sent = start(reply('Hello', { cc: ['a@b.pl'], attachments: [file], note: 'mind' }), newId);
    expect(sent).toMatchObject({ reply: '', cc: [], attachments: [], note: 'mind' });
    expect(sent.sending).toMatchObject({ text: 'Hello', commandId: 'id1', attachments: [file] });
    expect(finish(sent)).toMatchObject({ reply: '', sending: null });
  });

  it('a note takes only the note', () => {
    const sent = start(reply('later', { mode: 'note', note: 'inside' }), newId);
    expect(sent).toMatchObject({ reply: 'later', note: '', sending: { mode: 'note', text: 'inside' } });
  });
});

describe('a refusal', () => {
  it('puts everything back before what was written meanwhile, and the next try is a new command', () => {
    const sent = start(reply('First', { attachments: [file] }), newId);
    const back = restore({ ...sent, reply: 'Second' }, false);
    expect(back).toMatchObject({ reply: 'First\n\nSecond', attachments: [file], sending: null });
    expect(start(back, newId).sending.commandId).toBe('id2');
  });

  it('an unknown outcome keeps the command id for the same content only', () => {
    const back = restore(start(reply('Hello'), newId), true);
    expect(start(back, newId).sending.commandId).toBe('id1');
    expect(start({ ...back, reply: 'Hello, more' }, newId).sending.commandId).toBe('id2');
  });
});

describe('the store', () => {
  it('keeps a draft per agent and conversation and drops an empty one', () => {
    save(localStorage, 'a1', 'c1', reply('Hello'));
    expect(load(localStorage, 'a1', 'c1').reply).toBe('Hello');
    expect(load(localStorage, 'a2', 'c1')).toEqual(EMPTY);
    save(localStorage, 'a1', 'c1', EMPTY);
    expect(localStorage.length).toBe(0);
  });

  it('brings back what was on its way when the page closed', () => {
    save(localStorage, 'a1', 'c1', start(reply('Hello'), newId));
    const found = load(localStorage, 'a1', 'c1');
    expect(found.reply).toBe('Hello');
    expect(start(found, newId).sending.commandId).toBe('id1');
  });

  it('survives a broken entry', () => {
    localStorage.setItem('nitka.draft.a1.c1', '{"reply":');
    expect(load(localStorage, 'a1', 'c1')).toEqual(EMPTY);
  });
});
