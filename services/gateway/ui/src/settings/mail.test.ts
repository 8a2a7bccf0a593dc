import { describe, expect, it } from 'vitest';
import { inTrouble, type MailState } from './mail';

const mailbox = { inbox: 'help@lumo.example', host: 'imap.lumo.example', folder: 'INBOX', failures: 0, received: 3, set_aside: [] };
const relay = { host: 'smtp.lumo.example', port: 587, security: 'starttls', failures: 0, waiting: 4 };
const state = (changes: { mailbox?: object; relay?: object }): MailState => ({
  mailboxes: [mailbox, { ...mailbox, ...changes.mailbox }],
  relay: { ...relay, ...changes.relay },
});

describe('mail is in trouble', () => {
  it('when a mailbox or the relay fails again and again, or a mail was set aside', () => {
    expect(inTrouble(state({ mailbox: { failures: 2, last_error: 'login refused' } }))).toBe(true);
    expect(inTrouble(state({ relay: { failures: 2 } }))).toBe(true);
    expect(inTrouble(state({ mailbox: { set_aside: [{ uid: 7, received_at: '2026-11-03T09:40:00Z' }] } }))).toBe(true);
  });

  it('not for a single hiccup, nor for mails that wait', () => {
    expect(inTrouble(state({ mailbox: { failures: 1 }, relay: { failures: 1, waiting: 99 } }))).toBe(false);
  });
});
