"""Marks what a mail's HTML quotes: the same rules as for plain text (domain/quotes), over the lines that one sees.

Works on cleaned HTML only: there, text has no "<" and attributes stand in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final, NamedTuple

from nitka.conversation.domain.quotes import Kind, fold, is_forward

MARK: Final = 'data-quote=""'
"""The attribute of everything that may be folded away."""

_HINTS: Final = {
    "gmail_attr": Kind.INTRO,
    "moz-cite-prefix": Kind.INTRO,
    "gmail_signature": Kind.DEVICE,
    "moz-signature": Kind.DEVICE,
    "yahoo_quoted": Kind.QUOTE,
    "protonmail_quote": Kind.QUOTE,
    "divRplyFwdMsg": Kind.HISTORY,
    "appendonsend": Kind.HISTORY,
    "OutlookMessageHeader": Kind.HISTORY,
}
"""Classes and ids by which mail programs say what a part is."""

_TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*)>')
_HINT = re.compile(r'\s(?:class|id)="([^"]*)"')
_BORDER = re.compile(r"border-top(?:-style)?:[^;\"]*\bsolid")
_LABEL = re.compile(r"[^\W\d_][^:：@]{0,28}[:：]")
_VOID: Final = {"br", "hr", "img", "wbr", "col"}
_INLINE: Final = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var",
}  # fmt: skip
_RULE: Final = "-----"
_PICTURE: Final = "\ufffc"


def hint(value: str) -> str | None:
    """What the cleaner leaves of a class or an id: a word that says something about quotes, or nothing."""
    for word in value.split():
        for known in _HINTS:
            if word == known or (known == "yahoo_quoted" and word.startswith(known)):
                return known
    return None


class _Token(NamedTuple):
    """A tag (`name` set) or a text, and where it stands."""

    start: int
    end: int
    name: str = ""
    closing: bool = False
    attributes: str = ""


@dataclass(slots=True)
class _Element:
    """An element with content of its own or below, and how much of it is folded."""

    token: int
    content: int = 0
    folded: int = 0


@dataclass(slots=True)
class _Line:
    """A line as one sees it: its text and the tokens that it consists of."""

    text: list[str] = field(default_factory=list)
    kind: Kind | None = None
    tokens: list[int] = field(default_factory=list)
    breaks: int | None = None


def mark_quotes(html: str) -> tuple[str, bool]:
    """The HTML with MARK on what may be folded away, and whether there is anything to fold.

    Where nothing would be left, nothing is marked.
    """
    tokens = list(_tokens(html))
    lines = _lines(html, tokens)
    hints = {i: line.kind for i, line in enumerate(lines) if line.kind}
    away = fold(["".join(line.text) for line in lines], hints)
    folded = {t for line, gone in zip(lines, away, strict=True) if gone for t in line.tokens}
    shown = any(line.tokens and not gone for line, gone in zip(lines, away, strict=True))
    if not folded or not shown:
        return _written(html, tokens, set(), set()), False
    breaks = {line.breaks for line, gone in zip(lines, away, strict=True) if gone and line.breaks is not None}
    whole = _whole_elements(tokens, folded, {t for line in lines for t in line.tokens})
    return _written(html, tokens, whole | breaks, folded), True


def _tokens(html: str) -> Iterator[_Token]:
    place = 0
    for tag in _TAG.finditer(html):
        if tag.start() > place:
            yield _Token(place, tag.start())
        place = tag.end()
        yield _Token(tag.start(), place, tag[2].lower(), bool(tag[1]), tag[3])
    if place < len(html):
        yield _Token(place, len(html))


class _Reader:
    """Goes through the tokens once and collects lines."""

    def __init__(self) -> None:
        self.lines = [_Line()]
        self._open: list[tuple[str, Kind | None]] = []
        self._next: Kind | None = None
        self._bordered = False

    def end_line(self, breaks: int | None = None) -> None:
        """What follows stands on a new line."""
        line = self.lines[-1]
        if not line.tokens and breaks is None:
            return
        line.breaks = breaks
        text = "".join(line.text).strip()
        if text and self._bordered:
            self._bordered = False
            if line.kind is None and _LABEL.match(text):
                line.kind = Kind.HISTORY
        if line.kind is Kind.INTRO and is_forward(text):
            line.kind = None
        self.lines.append(_Line())

    def add(self, place: int, text: str, kind: Kind | None = None) -> None:
        """Something to see."""
        line = self.lines[-1]
        line.tokens.append(place)
        line.text.append(text)
        line.kind = self._next or line.kind or (self._open[-1][1] if self._open else None) or kind
        self._next = None

    def open(self, name: str, attributes: str) -> None:
        """An element begins."""
        known = _HINT.search(attributes)
        kind = _HINTS.get(known[1]) if known else None
        outer = self._open[-1][1] if self._open else None
        if kind is Kind.HISTORY:
            self._next, kind = (Kind.HISTORY if outer is not Kind.QUOTE else None), None
        self._bordered = self._bordered or bool(_BORDER.search(attributes))
        inner = Kind.QUOTE if name == "blockquote" else kind
        self._open.append((name, outer if outer is Kind.QUOTE else inner or outer))

    def close(self) -> None:
        """The innermost element ends."""
        if self._open:
            self._open.pop()


def _lines(html: str, tokens: list[_Token]) -> list[_Line]:
    reader = _Reader()
    for place, token in enumerate(tokens):
        if not token.name:
            text = re.sub(r"\s+", " ", unescape(html[token.start : token.end]))
            if text.strip():
                reader.add(place, text)
            continue
        if token.name not in _INLINE and token.name not in _VOID:
            reader.end_line()
        if token.name == "br":
            reader.end_line(place)
        elif token.name == "hr":
            reader.end_line()
            reader.add(place, _RULE, Kind.EMPTY)
            reader.end_line()
        elif token.name == "img":
            # A remote picture says nothing by itself; it may be no more than a counter of readers.
            reader.add(place, _PICTURE if ' src="' in token.attributes else "")
        elif token.closing:
            reader.close()
        elif token.name not in _VOID:
            reader.open(token.name, token.attributes)
    return reader.lines


def _whole_elements(tokens: list[_Token], folded: set[int], content: set[int]) -> set[int]:
    """The outermost elements all of whose content is folded."""
    elements: list[_Element] = []
    whole: set[int] = set()
    root = _Element(-1)
    for place, token in enumerate(tokens):
        parent = elements[-1] if elements else root
        if place in content:
            parent.content += 1
            parent.folded += place in folded
        elif token.name and token.name not in _VOID:
            if not token.closing:
                elements.append(_Element(place))
            elif elements:
                done = elements.pop()
                outer = elements[-1] if elements else root
                outer.content += done.content
                outer.folded += done.folded
                if done.content and done.content == done.folded:
                    whole.add(done.token)
    return whole


def _written(html: str, tokens: list[_Token], marked: set[int], folded: set[int]) -> str:
    """The HTML again: marks on the elements, on what is folded outside of them, and no hints any more."""
    out: list[str] = []
    hidden = 0
    depth = 0
    for place, token in enumerate(tokens):
        text = html[token.start : token.end]
        if not token.name:
            out.append(f"<span {MARK}>{text}</span>" if place in folded and not hidden else text)
            continue
        opens = not token.closing and token.name not in _VOID
        depth += opens - token.closing
        if hidden and depth < hidden:
            hidden = 0
        wanted = not hidden and (place in marked or place in folded)
        if wanted and opens:
            hidden = depth
        attributes = _HINT.sub("", token.attributes)
        out.append(text if token.closing else f"<{token.name}{attributes}{f' {MARK}' if wanted else ''}>")
    return "".join(out)
