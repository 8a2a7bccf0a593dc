import { describe, expect, it } from 'vitest';
import { cleanPasted, fromMail, htmlToText, isFormatted, picturesIn, textToHtml, toMail } from './html';

describe('the plain part', () => {
  it.each([
    ['<p>Hello</p><p></p><p>Ann</p>', 'Hello\n\nAnn'],
    ['<p>a<br>b</p>', 'a\nb'],
    ['<p>See <a href="https://shop.example/x">the page</a>.</p>', 'See the page (https://shop.example/x).'],
    ['<p><a href="https://shop.example/">shop.example</a></p>', 'shop.example'],
    ['<p><a href="mailto:a@b.pl">a@b.pl</a></p>', 'a@b.pl'],
    ['<ul><li><p>one</p></li><li><p>two</p><ol><li><p>in</p></li></ol></li></ul>', '- one\n- two\n  1. in'],
    ['<ol start="3"><li><p>c</p></li><li><p>d</p></li></ol>', '3. c\n4. d'],
    ['<blockquote><p>said</p><p></p><p>more</p></blockquote><p>yes</p>', '> said\n>\n> more\nyes'],
    ['<p>1 &lt; 2 &amp; <strong>3</strong></p>', '1 < 2 & 3'],
    ['<p>Look: <img src="cid:1" alt="the lamp"></p>', 'Look: [the lamp]'],
  ])('%s', (html, text) => expect(htmlToText(html)).toBe(text));

  it('is what a mail says as well', () => {
    const html = '<p>Hello</p><p></p><ul><li><p>one</p></li></ul><blockquote><p>q</p></blockquote>';
    expect(htmlToText(toMail(html))).toBe(htmlToText(html));
  });

  it('goes to the editor and back', () => {
    const text = 'Dear <Ann>,\n\n  "x" & y';
    expect(htmlToText(textToHtml('a\n\nb'))).toBe('a\n\nb');
    expect(textToHtml(text)).toContain('&lt;Ann&gt;');
  });
});

describe('a mail', () => {
  it.each([
    '<p>Hello</p><p></p><p>Ann</p>',
    '<ul><li><p>one</p></li><li><p>two</p><ol><li><p>in</p></li></ol></li></ul><p>end</p>',
    '<blockquote><p>said <strong>so</strong></p><p></p></blockquote>',
    '<p>a<br>b <img src="cid:x1" alt="y"></p>',
  ])('comes back into the editor as it was: %s', (html) => {
    expect(toMail(html)).not.toContain('<p');
    expect(fromMail(toMail(html))).toBe(html);
    expect(fromMail(html)).toBe(html);
  });

  it('names its pictures', () => {
    expect(picturesIn('<p><img alt="a" src="cid:one"><img src="cid:two"></p>')).toEqual(['one', 'two']);
    expect(isFormatted('<p>a<br>b</p><p></p>')).toBe(false);
    expect(isFormatted('<p><em>a</em></p>')).toBe(true);
  });
});

describe('pasting', () => {
  const clean = (html: string) => cleanPasted(html, () => 'id1');

  it('leaves no scripts, styles and classes', () => {
    const { html } = clean('<style>p{}</style><p class="MsoNormal" id="x">Hi<o:p>&nbsp;</o:p><script>alert(1)</script></p><!--[if gte mso 9]><xml>x</xml><![endif]-->');
    expect(html).toBe('<p>Hi&nbsp;</p>');
  });

  it('makes lists of the lists of Word', () => {
    const item = (mark: string, text: string) =>
      `<p class=MsoListParagraph style='text-indent:-18pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>${mark}<span>&nbsp;&nbsp; </span></span><![endif]>${text}<o:p></o:p></p>`;
    expect(clean(item('·', 'one') + item('·', 'two')).html).toBe('<ul><li><p>one</p></li><li><p>two</p></li></ul>');
    expect(clean(`<p>a</p>${item('1.', 'one')}`).html).toBe('<p>a</p><ol><li><p>one</p></li></ol>');
  });

  it('takes pictures out of the text and drops those from elsewhere', () => {
    const { html, pictures } = clean('<p><img src="data:image/png;base64,aGk="><img src="https://evil.example/p.gif" alt="pixel"></p>');
    expect(html).toBe('<p><img src="cid:id1">pixel</p>');
    expect(pictures.map(({ cid, file }) => [cid, file.type, file.size])).toEqual([['id1', 'image/png', 2]]);
  });
});
