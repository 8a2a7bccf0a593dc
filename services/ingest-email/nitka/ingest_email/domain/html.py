"""The readable text of an HTML body: one pass, linear in its length whatever it holds. No sanitiser."""

from __future__ import annotations

import re
from html import unescape

_BLOCKS = frozenset(
    "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "li main nav ol p pre section table tbody tfoot thead tr ul title body html".split()
)
_HIDDEN = frozenset("script style head template noscript title textarea select".split())
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:_-]{0,30})")
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_LINES = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")


def to_text(html: str) -> str:
    """Text with a line per block and without tags, scripts, styles and comments."""
    lower = html.lower()
    out: list[str] = []
    position = 0
    while (start := html.find("<", position)) != -1:
        out.append(_SPACES.sub(" ", unescape(html[position:start])))
        if html.startswith("<!--", start):
            position = _after(lower, "-->", start + 4)
            continue
        name = _TAG_NAME.match(html, start + 1)
        if name is None and html[start + 1 : start + 2] not in ("!", "?", "/"):
            out.append("<")
            position = start + 1
            continue
        position = _after(lower, ">", start + 1)
        if name is not None:
            tag, closing = name.group(1).lower(), html[start + 1] == "/"
            if tag in _HIDDEN and not closing:
                position = _after(lower, f"</{tag}", position)
                position = _after(lower, ">", position)
            else:
                out.append(_mark(tag, closing))
    out.append(_SPACES.sub(" ", unescape(html[position:])))
    joined = re.sub(" +", " ", "".join(out))
    return _MANY_LINES.sub("\n\n", _LINES.sub("\n", joined)).strip()


def _after(text: str, mark: str, start: int) -> int:
    """The place behind the next `mark`; the end when there is none, so that nothing is searched twice."""
    found = text.find(mark, start)
    return len(text) if found == -1 else found + len(mark)


def _mark(tag: str, closing: bool) -> str:
    if tag == "br":
        return "\n"
    if tag in ("td", "th"):
        return " "
    if tag == "p" and closing:
        return "\n\n"
    if tag == "li" and not closing:
        return "\n- "
    return "\n" if tag in _BLOCKS else ""
