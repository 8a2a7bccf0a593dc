/** The document that shows a mail's HTML: cleaned by the server, and still given no rights here. */

const POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'";

/** Whether the mail brings colours of its own; then it is shown on paper, whatever the screen's scheme is. */
export function hasColours(html: string): boolean {
  return /\bbgcolor\s*=|<font\b[^>]*\bcolor\s*=|style\s*=\s*"(?:[^"]*[\s;])?(?:color|background)(?:-color)?\s*:|<img\b/i.test(html);
}

/** Whether the mail holds a quoted one that can be folded. */
export function hasQuote(html: string): boolean {
  return /<blockquote\b/i.test(html) && html.replace(/<blockquote\b[\s\S]*<\/blockquote>/i, '').replace(/<[^>]*>/g, '').trim() !== '';
}

export interface Look {
  dark: boolean;
  ink: string;
  link: string;
  fold: boolean;
}

/** The whole document for `srcdoc`. */
export function mailDocument(html: string, { dark, ink, link, fold }: Look): string {
  const quote = fold ? 'body > blockquote:last-of-type, body > div > blockquote:last-of-type { display: none }' : '';
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="${dark ? 'dark' : 'light'}">
<base target="_blank">
<style>
html { overflow: hidden; background: transparent }
body { margin: 0; font: 14px/1.5 system-ui, sans-serif; color: ${ink}; overflow-wrap: anywhere; overflow-x: auto; overflow-y: hidden }
body > :first-child { margin-top: 0 } body > :last-child { margin-bottom: 0 }
a { color: ${link} } img { max-width: 100%; height: auto } table { max-width: 100% } pre { white-space: pre-wrap }
blockquote { margin: 8px 0; padding-left: 12px; border-left: 2px solid #8885 }
${quote}
</style></head><body>${html}</body></html>`;
}
