import { describe, expect, it } from 'vitest';
import { hasColours, hasQuote, mailDocument } from './mail';

const look = { dark: false, ink: '#111', link: '#222', fold: false };

describe('the frame of a mail', () => {
  it('forbids scripts and everything from elsewhere, before the mail begins', () => {
    const document = mailDocument('<p>hi</p>', look);
    const policy = document.indexOf("default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'");
    expect(policy).toBeGreaterThan(0);
    expect(policy).toBeLessThan(document.indexOf('<p>hi</p>'));
  });

  it('puts a mail on paper that brings colours or pictures', () => {
    expect(hasColours('<p style="margin:0">x</p>')).toBe(false);
    for (const html of ['<p style="color:red">', '<td bgcolor="#fff">', '<p style="margin:0;background-color: #fff">', '<font size=2 color=blue>', '<img src="x">']) {
      expect(hasColours(html)).toBe(true);
    }
  });

  it('folds a quote only when something else is left', () => {
    expect(hasQuote('<p>Thanks</p><blockquote>old</blockquote>')).toBe(true);
    expect(hasQuote('<blockquote>only this</blockquote>')).toBe(false);
    expect(hasQuote('<p>none</p>')).toBe(false);
  });
});
