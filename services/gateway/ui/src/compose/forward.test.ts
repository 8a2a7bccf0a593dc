import { describe, expect, it } from 'vitest';
import { forwarded } from './forward';

const words = { title: 'Forwarded message', from: 'From', date: 'Date', subject: 'Subject', to: 'To', cc: 'Cc' };
const message = {
  subject: 'Lamp <b>',
  to: [{ kind: 'email' as const, value: 'help@shop.example', name: null }],
  cc: [],
  text: 'It is broken',
  quoted: '> earlier',
  html: null,
  attachments: [],
};

describe('a forwarded message', () => {
  it('has its head and all of its text', () => {
    const { text, html } = forwarded(message, 'Ann <ann@a.pl>', '2 Nov', words);
    expect(text).toBe(
      '---------- Forwarded message ----------\nFrom: Ann <ann@a.pl>\nDate: 2 Nov\nSubject: Lamp <b>\nTo: help@shop.example\n\nIt is broken\n\n> earlier',
    );
    expect(html).toContain('Subject: Lamp &lt;b&gt;');
    expect(html).toContain('<div>It is broken</div>');
  });

  it('names its pictures as its files', () => {
    const picture = { filename: 'a.png', media_type: 'image/png', size: 1, inline: true, url: '/api/messages/1/attachments/0', content_id: 'x@y' };
    const html = '<p>See <img src="/api/messages/1/attachments/0?inline=1"><img src="/api/images?x"></p>';
    expect(forwarded({ ...message, html, attachments: [picture] }, 'Ann', '', words).html).toContain('<p>See <img src="cid:x@y"></p>');
  });
});
