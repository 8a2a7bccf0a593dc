"""Which parts are the text, which the HTML and which are files (the rules of JMAP, RFC 8621 section 4.1.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from nitka.ingest_email.domain.charsets import clean, decode
from nitka.ingest_email.domain.html import to_text
from nitka.ingest_email.domain.mime import Mail, Part

TEXT_CAP = 256 * 1024
HTML_CAP = 512 * 1024
"""Characters."""

_COMPARED = 4_000
"""Characters of a plain text that are looked for in the HTML."""

_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"\bhttps?://\S+|\bmailto:\S+|\[cid:\S+")
"""What a plain text names and HTML has in its attributes."""


@dataclass(frozen=True, slots=True)
class Body:
    """`files` are all leaves that are no body text, pictures of the HTML among them."""

    text: str
    html: str | None
    files: tuple[Part, ...]
    truncated: bool


def read(mail: Mail) -> Body:
    """The body of a mail; empty when no parser understood it."""
    if mail.root is None:
        return Body("", None, (), truncated=True)
    text_parts: list[Part] = []
    html_parts: list[Part] = []
    files: list[Part] = []
    _sort([mail.root], "mixed", False, text_parts, html_parts, files)
    text = "\n".join(_as_text(p) for p in text_parts)
    has_html = any(p.media_type == "text/html" for p in html_parts)
    html = "".join(_as_html(p) for p in html_parts) if has_html else None
    if html is not None and text_parts != html_parts:
        shown = "\n".join(_as_text(p) for p in html_parts)
        text = text if _says(shown, text) else shown
    if not text and html is None and not files:  # a boundary that never comes: better all of it than nothing
        text = clean(decode(mail.raw[mail.body_at : mail.body_at + 4 * TEXT_CAP], mail.root.charset))
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    too_long = len(text) > TEXT_CAP or (html is not None and len(html) > HTML_CAP)
    html = html[:HTML_CAP] if html is not None else None
    return Body(text[:TEXT_CAP], html, tuple(files), mail.cut or too_long)


def _says(shown: str, plain: str) -> bool:
    """Whether the HTML says what the plain text says: it has half of its words, or says nothing itself. Else the
    plain text is another one ("use a program that shows HTML"), and who reads the mail never sees it."""
    has = set(_WORD.findall(shown.casefold()))
    words = set(_WORD.findall(_ADDRESS.sub(" ", plain[:_COMPARED].casefold())))
    return not has or 2 * len(words & has) >= len(words) > 0


def _string(part: Part) -> str:
    return clean(decode(part.content[: 4 * HTML_CAP], part.charset))


def _as_text(part: Part) -> str:
    text = _string(part)
    return to_text(text[:HTML_CAP]) if part.media_type == "text/html" else text


def _as_html(part: Part) -> str:
    text = _string(part)
    return text if part.media_type == "text/html" else f'<div style="white-space:pre-wrap">{escape(text)}</div>'


def _sort(
    parts: Sequence[Part],
    kind: str,
    in_alternative: bool,
    text: list[Part] | None,
    html: list[Part] | None,
    files: list[Part],
) -> None:
    """Sort the parts of a `multipart/<kind>`. A list that is None does not want this branch's bodies."""
    had_text, had_html = len(text or ()), len(html or ())
    for index, part in enumerate(parts):
        if part.is_multipart:
            sub = part.media_type.removeprefix("multipart/")
            _sort(part.children, sub, in_alternative or sub == "alternative", text, html, files)
        elif not _is_body(part, index, kind):
            files.append(part)
        elif kind == "alternative":
            target = text if part.media_type == "text/plain" else html
            (files if target is None else target).append(part)
        else:
            if in_alternative and part.media_type == "text/plain":
                html = None
            elif in_alternative:
                text = None
            for wanted in (text, html):
                if wanted is not None:
                    wanted.append(part)
    if kind == "alternative" and text is not None and html is not None:
        if len(text) == had_text:
            text.extend(html[had_html:])
        elif len(html) == had_html:
            html.extend(text[had_text:])


def _is_body(part: Part, index: int, kind: str) -> bool:
    if part.media_type not in ("text/plain", "text/html") or part.disposition == "attachment":
        return False
    return index == 0 or (kind != "related" and not part.filename)
