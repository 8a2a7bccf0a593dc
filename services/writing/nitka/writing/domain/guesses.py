"""Words that a speller does not know though they are right: names, and what is said in another language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nitka.writing.domain.protected import Span

_PIECE = re.compile(r"[^.!?…,;:\n]+")
"""What is likely said in one language: up to a stop, a comma or the end of the line."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_ENDS = re.compile(r"(?:^|[.!?…:\n])[^\w\n]*$")
_FOREIGN_WORDS, _FOREIGN_SHARE = 2, 0.6


def guesses(text: str, misspelt: Sequence[Span]) -> set[Span]:
    """Those of the misspelt words (in order, disjoint) that are more likely a name or of another language.

    A capital within a sentence makes a name; a piece of a sentence most of whose words are unknown is foreign.
    """
    return {span for span in misspelt if _is_name(text, span)} | _foreign(text, misspelt)


def _is_name(text: str, span: Span) -> bool:
    begin, end = span
    before = text[max(0, begin - 40) : begin]
    return text[begin:end][:1].isupper() and not _SENTENCE_ENDS.search(before if begin > 40 else f"\n{before}")


def _foreign(text: str, misspelt: Sequence[Span]) -> set[Span]:
    found: set[Span] = set()
    for piece in _PIECE.finditer(text):
        words = sum(1 for _ in _WORD.finditer(piece.group()))
        unknown = [span for span in misspelt if piece.start() <= span[0] and span[1] <= piece.end()]
        if len(unknown) >= _FOREIGN_WORDS and len(unknown) >= _FOREIGN_SHARE * words:
            found.update(unknown)
    return found
