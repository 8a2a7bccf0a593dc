/**
 * What is written as text, as the editor's HTML and as a mail's HTML: pure functions between the three.
 *
 * The editor's HTML has a paragraph per line; a mail has a `div` per line instead, which needs no style to look the
 * same everywhere. Pictures are `cid:` in both.
 */

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => ESCAPES[letter] ?? letter);
}

/** Plain text for the editor: a paragraph per line. */
export function textToHtml(text: string): string {
  if (!text) return '';
  return text
    .split('\n')
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join('');
}

function parse(html: string): HTMLElement {
  return new DOMParser().parseFromString(html, 'text/html').body;
}

const BLOCKS = new Set(['P', 'DIV', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'PRE', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'TABLE', 'TR', 'HR']);

/** The plain part of a mail: lists with marks, quotes with `>`, links with their address. */
export function htmlToText(html: string): string {
  return lines(parse(html))
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** The lines of a block. */
function lines(block: Element): string[] {
  const found: string[] = [];
  let line: string | null = null;
  const end = () => {
    if (line !== null) found.push(...line.split('\n'));
    line = null;
  };
  for (const node of block.childNodes) {
    if (node instanceof Element && BLOCKS.has(node.tagName)) {
      end();
      found.push(...blockLines(node));
    } else if (node.nodeType !== Node.COMMENT_NODE) {
      const text = inline(node);
      // White space between blocks is how the source is laid out, not what was written.
      if (line !== null || text.trim() || node instanceof Element) line = (line ?? '') + text;
    }
  }
  end();
  return found;
}

function blockLines(block: Element): string[] {
  switch (block.tagName) {
    case 'UL':
    case 'OL':
      return items(block);
    case 'BLOCKQUOTE':
      return lines(block).map((line) => (line ? `> ${line}` : '>'));
    case 'HR':
      return ['---'];
    case 'TR':
      return [[...block.children].map((cell) => lines(cell).join(' ')).join('  ')];
    case 'PRE':
      return (block.textContent ?? '').split('\n');
    default: {
      const found = lines(block);
      // A line break at the end of a block only gives an empty one its height.
      if (found.length > 1 && found.at(-1) === '' && block.lastElementChild?.tagName === 'BR') found.pop();
      return found.length > 0 ? found : [''];
    }
  }
}

function items(list: Element): string[] {
  const first = Number(list.getAttribute('start') ?? 1);
  return [...list.children].flatMap((item, index) => {
    const mark = list.tagName === 'OL' ? `${first + index}. ` : '- ';
    const indent = ' '.repeat(mark.length);
    return lines(item).map((line, at) => (at === 0 ? mark : indent) + line);
  });
}

function inline(node: Node): string {
  if (!(node instanceof Element)) return (node.textContent ?? '').replace(/[ \t\r\n]+/g, ' ');
  if (node.tagName === 'BR') return '\n';
  if (node.tagName === 'IMG') return node.getAttribute('alt') ? `[${node.getAttribute('alt')}]` : '';
  const text = [...node.childNodes].map(inline).join('');
  return node.tagName === 'A' ? withAddress(text, node.getAttribute('href') ?? '') : text;
}

function withAddress(text: string, href: string): string {
  const bare = (address: string) => address.trim().replace(/^(https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '');
  if (!href || href.startsWith('#') || bare(href) === bare(text)) return text;
  return text.trim() ? `${text} (${href.replace(/^mailto:/i, '')})` : href;
}

/** Whether it says more than its text does. */
export function isFormatted(html: string): boolean {
  return /<(?!\/|p>|br\s*\/?>)[a-z]/i.test(html);
}

const LINE_START = 'margin:0';
const QUOTE_STYLE = 'margin:0 0 0 4px;border-left:2px solid #c8c8c8;padding-left:10px';

/** The editor's HTML as a mail carries it. */
export function toMail(html: string): string {
  const body = parse(html);
  for (const paragraph of body.querySelectorAll('p')) {
    if (paragraph.parentElement?.tagName === 'LI' && paragraph.parentElement.firstElementChild === paragraph) {
      paragraph.replaceWith(...paragraph.childNodes);
      continue;
    }
    const line = document.createElement('div');
    line.append(...paragraph.childNodes);
    if (!line.hasChildNodes()) line.append(document.createElement('br'));
    paragraph.replaceWith(line);
  }
  body.querySelectorAll('blockquote').forEach((quote) => quote.setAttribute('style', QUOTE_STYLE));
  body.querySelectorAll('ul, ol').forEach((list) => list.setAttribute('style', LINE_START));
  return body.innerHTML;
}

/** A mail's HTML as the editor has it: what `toMail` made comes back as it was. */
export function fromMail(html: string): string {
  const body = parse(html);
  for (const line of body.querySelectorAll('div')) {
    if (line.querySelector('div, p, ul, ol, blockquote, table')) continue;
    const paragraph = document.createElement('p');
    if (!(line.childNodes.length === 1 && line.firstElementChild?.tagName === 'BR')) paragraph.append(...line.childNodes);
    line.replaceWith(paragraph);
  }
  body.querySelectorAll('[style]').forEach((element) => element.removeAttribute('style'));
  for (const item of body.querySelectorAll('li')) wrapFirstLine(item);
  return body.innerHTML;
}

/** The editor has a paragraph in every list item. */
function wrapFirstLine(item: Element): void {
  const loose: ChildNode[] = [];
  for (const node of item.childNodes) {
    if (node instanceof Element && BLOCKS.has(node.tagName)) break;
    loose.push(node);
  }
  if (loose.length === 0 && item.hasChildNodes()) return;
  const paragraph = document.createElement('p');
  item.prepend(paragraph);
  paragraph.append(...loose);
}

/** The pictures that a text shows, by content id. */
export function picturesIn(html: string | null): string[] {
  return [...(html ?? '').matchAll(/<img\b[^>]*\bsrc="cid:([^"]+)"/gi)].map((found) => found[1] ?? '');
}

export interface Pasted {
  html: string;
  /** Pictures that were inside the text, by the content id that stands in it now. */
  pictures: { cid: string; file: File }[];
}

const DATA_PICTURE = /^data:image\/(png|jpe?g|gif|webp);base64,([\w+/=\s]+)$/i;
const WORD_LIST = /mso-list:[^;"']*level(\d)/i;

/** What was pasted, without what word processors and web pages bring along. The editor drops what it does not know. */
export function cleanPasted(html: string, newId: () => string): Pasted {
  const source = html.replace(/<!--\[if[\s\S]*?<!\[endif\]-->/gi, '').replace(/<!\[(?:if|endif)[^\]]*\]>/gi, '');
  const body = parse(source);
  const pictures: Pasted['pictures'] = [];
  body.querySelectorAll('script, style, meta, link, title, iframe, object, form, input, button').forEach((each) => each.remove());
  wordLists(body);
  for (const picture of body.querySelectorAll('img')) {
    const data = DATA_PICTURE.exec(picture.getAttribute('src') ?? '');
    if (!data) {
      // A picture from elsewhere would be a hole in the mail, or tell its owner who reads it.
      if (!picture.getAttribute('src')?.startsWith('cid:')) picture.replaceWith(picture.getAttribute('alt') ?? '');
      continue;
    }
    const cid = newId();
    pictures.push({ cid, file: decode(data[1] ?? 'png', data[2] ?? '') });
    picture.setAttribute('src', `cid:${cid}`);
  }
  for (const element of body.querySelectorAll('*')) {
    if (/^O:/i.test(element.tagName)) element.replaceWith(...element.childNodes);
    element.removeAttribute('class');
    element.removeAttribute('id');
  }
  return { html: body.innerHTML, pictures };
}

function decode(type: string, base64: string): File {
  const bytes = Uint8Array.from(atob(base64.replace(/\s/g, '')), (letter) => letter.charCodeAt(0));
  const name = type.toLowerCase() === 'jpg' ? 'jpeg' : type.toLowerCase();
  return new File([bytes], `picture.${name}`, { type: `image/${name}` });
}

/** Word writes lists as paragraphs with a mark in front; they become lists. */
function wordLists(body: Element): void {
  const isItem = (element: Element | null): element is HTMLElement => element !== null && WORD_LIST.test(element.getAttribute('style') ?? '');
  for (const first of [...body.querySelectorAll('p, div')]) {
    if (!isItem(first) || !first.parentElement) continue;
    const numbered = /^\s*\(?[\da-z]{1,3}[.)]/i.test(first.textContent ?? '');
    const list = document.createElement(numbered ? 'ol' : 'ul');
    first.before(list);
    for (let item: Element | null = first; isItem(item); item = list.nextElementSibling) {
      item.querySelectorAll('[style*="mso-list:Ignore" i]').forEach((mark) => mark.remove());
      const made = document.createElement('li');
      const line = document.createElement('p');
      line.append(...item.childNodes);
      trimStart(line);
      made.append(line);
      list.append(made);
      item.remove();
    }
  }
}

function trimStart(line: Element): void {
  const text = line.ownerDocument.createTreeWalker(line, NodeFilter.SHOW_TEXT).nextNode();
  if (text) text.textContent = (text.textContent ?? '').replace(/^[\s\u00a0·•o§-]*[\s\u00a0]+/, '').replace(/^[·•§]/, '');
}
