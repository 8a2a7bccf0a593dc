"""What a mail says newly, apart from what it quotes and from the signature below it.

Every line gets a kind, and a few rules over the kinds decide which lines are fold-away. They hold for plain text
and for HTML, whose structure gives some lines their kind (`Kind` hints). Each rule looks at a bounded number of
lines of bounded length, so the time is linear in the text whatever somebody sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from nitka.conversation.domain.quotes.kinds import LINE_MAX, Kind, introduces, is_forward, kinds

__all__ = ["Kind", "Trimmed", "fold", "is_forward", "trim"]


class Trimmed(NamedTuple):
    """The lines of a text in two heaps, each in its order. `fresh` is empty when nothing is new."""

    fresh: str
    quoted: str


_SIGNATURE: Final = 12
"""Lines of a signature, at most."""
_NAME_BLOCK: Final = 7
_SOON: Final = 3

_RULE = re.compile(r"\s*[-–—_=*~]{2,}\s*$")


def trim(text: str, sender: str | None = None) -> Trimmed:
    """Part the text of a mail. `sender` is the name that may stand above the sender's own signature.

    Nothing is lost: every line that is not blank is in exactly one of the two.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    folded = fold(lines, sender=sender)
    fresh = [line for line, away in zip(lines, folded, strict=True) if not away]
    quoted = [line for line, away in zip(lines, folded, strict=True) if away]
    return Trimmed(_stripped(fresh), _stripped(quoted))


def fold(lines: Sequence[str], hints: Mapping[int, Kind] | None = None, sender: str | None = None) -> list[bool]:
    """For each line whether it may be folded away. `hints` are kinds that are known beforehand."""
    return _Folding(lines, hints or {}, sender).run()


def _stripped(lines: list[str]) -> str:
    return re.sub(r"\A(?:[^\S\n]*\n)+", "", "\n".join(lines)).rstrip()


class _Folding:
    """The kinds of the lines, and what is folded so far."""

    def __init__(self, lines: Sequence[str], hints: Mapping[int, Kind], sender: str | None) -> None:
        self._lines = [line.replace("\xa0", " ") for line in lines]
        self._hints = hints
        self._sender = sender
        self._kinds = kinds(self._lines, hints)
        self._away = [False] * len(lines)

    def run(self) -> list[bool]:
        if Kind.FORWARD in self._kinds:
            return self._away
        self._from_history_on()
        self._signature()
        self._trailing_quote()
        self._leading_quote()
        self._introductions()
        self._device_lines()
        self._own_name()
        return self._away if self._left(Kind.TEXT) else [self._names_author()] * len(self._away)

    def _names_author(self) -> bool:
        """Whether anything says who wrote what is quoted; a bare quote may be the sender's own words."""
        quoted = (line for line, kind in zip(self._lines, self._kinds, strict=True) if kind is Kind.QUOTE)
        first = next(quoted, "").lstrip(" >＞")[:LINE_MAX]
        return bool({Kind.INTRO, Kind.HISTORY} & set(self._kinds)) or introduces(first, quote_below=True)

    def _left(self, kind: Kind) -> list[int]:
        return [i for i, k in enumerate(self._kinds) if k is kind and not self._away[i]]

    def _fold(self, start: int, end: int) -> None:
        self._away[start:end] = [True] * (end - start)

    def _from_history_on(self) -> None:
        """An earlier mail without quote marks ends nowhere, so it takes all the rest; what is above it is new."""
        fresh = False
        unmarked = self._unmarked()
        for i, kind in enumerate(self._kinds):
            fresh = fresh or kind is Kind.TEXT
            if kind is Kind.HISTORY or (fresh and i in unmarked):
                self._fold(self._with_rule_above(i), len(self._lines))
                return

    def _unmarked(self) -> set[int]:
        """The introductions of something that has no quote marks, neither at once nor soon."""
        found = set()
        before_quote = _SOON
        for i in range(len(self._kinds) - 1, -1, -1):
            kind = self._kinds[i]
            if kind is Kind.QUOTE:
                before_quote = 0
            elif kind is Kind.INTRO and before_quote >= _SOON:
                found.add(i)
            elif kind not in (Kind.INTRO, Kind.EMPTY):
                before_quote += 1
        return found

    def _with_rule_above(self, start: int) -> int:
        """The place where the line begins that is drawn above an earlier mail."""
        for above in range(start - 1, max(0, start - 4), -1):
            if _RULE.match(self._lines[above][:LINE_MAX]):
                return above
            if self._kinds[above] is not Kind.EMPTY:
                break
        return start

    def _signature(self) -> None:
        """Below "-- ", as far as the next quote: if it is short enough for a signature."""
        first = next(iter(self._left(Kind.TEXT)), len(self._lines))
        for start in self._left(Kind.DELIMITER):
            if start < first or self._away[start]:
                continue
            end = self._next_quote(start)
            block = self._kinds[start + 1 : min(end, start + 1 + 4 * _SIGNATURE)]
            if end - start <= 4 * _SIGNATURE and sum(k is not Kind.EMPTY for k in block) <= _SIGNATURE:
                self._fold(start, end)

    def _next_quote(self, start: int) -> int:
        """The next line that quotes or is folded already; not looked for further than a signature reaches."""
        for i in range(start + 1, min(len(self._kinds), start + 4 * _SIGNATURE + 2)):
            if self._away[i] or self._kinds[i] in (Kind.QUOTE, Kind.INTRO):
                return i
        return min(len(self._kinds), start + 4 * _SIGNATURE + 2)

    def _trailing_quote(self) -> None:
        """Quotes below the last own word."""
        text = self._left(Kind.TEXT)
        below = range(text[-1] + 1, len(self._lines)) if text else range(0)
        if any(self._kinds[i] in (Kind.QUOTE, Kind.INTRO) for i in below):
            for i in below:
                if self._kinds[i] in (Kind.QUOTE, Kind.INTRO, Kind.EMPTY):
                    self._away[i] = True

    def _leading_quote(self) -> None:
        """One introduced quote above the answer. More quotes, or words above it: an answer point by point."""
        left = [i for i, away in enumerate(self._away) if not away and self._kinds[i] is not Kind.EMPTY]
        if not left or self._kinds[left[0]] is not Kind.INTRO:
            return
        order = [self._kinds[i] for i in left]
        first = next((n for n, k in enumerate(order) if k not in (Kind.INTRO, Kind.QUOTE)), len(order))
        if first < len(order) and Kind.QUOTE not in order[first:]:
            self._fold(0, left[first])

    def _introductions(self) -> None:
        """What stays as a point-by-point answer needs no "On Monday, Ann wrote:"."""
        for i in self._left(Kind.INTRO):
            self._away[i] = True

    def _device_lines(self) -> None:
        """ "Sent from my …" below the last own word."""
        last = next((i for i in reversed(self._left(Kind.TEXT))), None)
        if last is not None:
            for i in self._left(Kind.DEVICE):
                self._away[i] = self._away[i] or i > last

    def _own_name(self) -> None:
        """The last paragraph, where it begins with the sender's name, maybe below a closing word.

        A name alone stays: it takes no more room than the button to fold it.
        """
        names = _names(self._sender)
        text = self._left(Kind.TEXT)
        if not names or not text:
            return
        start = text[-1]
        while start > 0 and self._kinds[start - 1] is Kind.TEXT and text[-1] - start < _NAME_BLOCK:
            start -= 1
        block = [self._lines[i].strip() for i in range(start, text[-1] + 1)]
        if start <= text[0] or not 1 < len(block) <= _NAME_BLOCK or max(map(len, block)) > 80:
            return
        closing = block[0].endswith((",", "!")) and len(block[0]) < 40
        if _name(block[0]) in names or (closing and _name(block[1]) in names):
            self._fold(start, text[-1] + 1)


def _names(sender: str | None) -> set[str]:
    """The ways in which somebody signs: the whole name, its first word, its last."""
    parts = _name(sender or "").split()
    return {" ".join(parts), parts[0], parts[-1]} if parts and len(parts) < 6 else set()


def _name(text: str) -> str:
    return text.strip(" \t,.!-–—*_").casefold() if len(text) < 100 else ""
