/** The document that shows a mail's HTML: cleaned by the server, and still given no rights here. */

const POLICY = "default-src 'none'; img-src 'self' data:; font-src 'self'; style-src 'unsafe-inline'";

/** Whether the mail brings colours of its own; then it is shown on paper, whatever the screen's scheme is. */
export function hasColours(html: string): boolean {
  return /\bbgcolor\s*=|<font\b[^>]*\bcolor\s*=|style\s*=\s*"(?:[^"]*[\s;])?(?:color|background)(?:-color)?\s*:|<img\b/i.test(html);
}

/** Whether the server has marked an earlier mail in it that can be folded. */
export function hasQuote(html: string): boolean {
  return /<[^<>]*\sdata-quote=""/.test(html);
}

const PROXY = /^\/api\/images\?[\w%=&.+~-]+$/;

/**
 * Loads the pictures that lie on other servers: the server has put the address of its proxy beside the place.
 *
 * Only that address is taken, though nothing else can be there.
 */
export function showPictures(mail: Document): void {
  const from = (element: Element, name: string): string | null => {
    const address = element.getAttribute(name);
    return address && PROXY.test(address) ? address : null;
  };
  for (const image of mail.querySelectorAll<HTMLImageElement>('img[data-src]:not([src])')) {
    const address = from(image, 'data-src');
    if (address) image.src = address;
  }
  for (const element of mail.querySelectorAll<HTMLElement>('[data-background]')) {
    const address = from(element, 'data-background');
    if (address) element.style.backgroundImage = `url("${address}")`;
  }
}

/** The typefaces that the app brings, for documents of their own. */
export function ownFonts(page: Document): string {
  const rules = [...page.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return rules.flatMap((rule) => (rule instanceof CSSFontFaceRule ? [rule.cssText] : [])).join('\n');
}

export interface Look {
  dark: boolean;
  ink: string;
  /** The app's typefaces as CSS, so that a mail reads like any other message. */
  fonts: string;
}

/** The whole document for `srcdoc`. A link has the colour of the text about it, towards green: it can be read wherever that can. */
export function mailDocument(html: string, { dark, ink, fonts }: Look): string {
  return `<!doctype html><html data-folded><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="${dark ? 'dark' : 'light'}">
<base target="_blank">
<style>${fonts}
html { overflow: hidden; background: transparent }
body { margin: 0; font: 14px/1.52 'Inter Variable', system-ui, sans-serif; font-feature-settings: 'cv11', 'ss03'; color: ${ink}; overflow-wrap: anywhere; overflow-x: auto; overflow-y: hidden }
body > :first-child { margin-top: 0 } body > :last-child { margin-bottom: 0 }
a { color: color-mix(in srgb, currentcolor 60%, #0f9d86) } img { max-width: 100%; height: auto } table { max-width: 100% } pre { white-space: pre-wrap }
blockquote { margin: 8px 0; padding-inline-start: 12px; border-inline-start: 2px solid #8885 }
html[data-folded] [data-quote] { display: none !important }
</style></head><body dir="auto">${html}</body></html>`;
}
