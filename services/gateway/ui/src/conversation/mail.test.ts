import { describe, expect, it } from 'vitest';
import { hasColours, hasQuote, mailDocument, showPictures } from './mail';

const look = { dark: false, ink: '#111', fonts: "@font-face { font-family: 'Inter Variable' }" };

describe('the frame of a mail', () => {
  it('forbids scripts and everything from elsewhere, before the mail begins', () => {
    const document = mailDocument('<p>hi</p>', look);
    const policy = document.indexOf("default-src 'none'; img-src 'self' data:; font-src 'self'; style-src 'unsafe-inline'");
    expect(policy).toBeGreaterThan(0);
    expect(policy).toBeLessThan(document.indexOf('<p>hi</p>'));
  });

  it('sets a mail in the typeface of the app', () => {
    const document = mailDocument('<p>hi</p>', look);
    expect(document).toContain(look.fonts);
    expect(document).toMatch(/body \{[^}]*font: [^;]*'Inter Variable'/);
  });

  it('lets a link follow the colour of the text about it', () => {
    expect(mailDocument('', look)).toMatch(/\na \{ color: [^}]*currentcolor/);
  });

  it('puts a mail on paper that brings colours or pictures', () => {
    expect(hasColours('<p style="margin:0">x</p>')).toBe(false);
    for (const html of ['<p style="color:red">', '<td bgcolor="#fff">', '<p style="margin:0;background-color: #fff">', '<font size=2 color=blue>', '<img src="x">']) {
      expect(hasColours(html)).toBe(true);
    }
  });

  it('folds what the server has marked, and nothing that only says so', () => {
    expect(hasQuote('<p>Thanks</p><blockquote dir="ltr" data-quote="">old</blockquote>')).toBe(true);
    expect(hasQuote('<blockquote>old</blockquote>')).toBe(false);
    expect(hasQuote('<p>data-quote=""</p>')).toBe(false);
    expect(mailDocument('', look)).toContain('html[data-folded] [data-quote] { display: none !important }');
  });

  it('loads pictures through the proxy and from nowhere else', () => {
    const mail = new DOMParser().parseFromString(
      '<img data-src="/api/images?url=a%27%22%29&amp;sig=1"><img data-src="https://a.example/b"><img src="/api/messages/1" data-src="/api/images?x">' +
        '<p data-background="/api/images?url=b&amp;sig=2">x</p><p data-background="//a.example/b">x</p>',
      'text/html',
    );
    expect(mail.querySelector('img')?.hasAttribute('src')).toBe(false);
    showPictures(mail);
    const sources = [...mail.querySelectorAll('img')].map((each) => each.getAttribute('src'));
    expect(sources).toEqual(['/api/images?url=a%27%22%29&sig=1', null, '/api/messages/1']);
    const backgrounds = [...mail.querySelectorAll('p')].map((each) => each.style.backgroundImage);
    expect(backgrounds[0]).toContain('/api/images?url=b&sig=2');
    expect(backgrounds[1]).toBe('');
  });
});
