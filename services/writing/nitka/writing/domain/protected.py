"""Parts of a text that no corrector may touch: addresses, numbers, variables, known names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]
"""Begin and end in code points."""

_VARIABLE = re.compile(r"\{\{[^{}\n]{0,200}\}\}")
_CHUNK = re.compile(r"\S+")
_AROUND = ".,;:!?…()[]<>\"'„”“’«»"
_ADDRESS = re.compile(r"://|^www\.|^mailto:|.@.", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def protected(text: str, keep: Iterable[str] = ()) -> list[Span]:
    """Where the text must stay as it is, in order; spans may overlap.

    Web and mail addresses, whatever has a digit (order numbers, dates, amounts), template variables
    (`{{customer.name}}`) and the words of `keep`, in any case.
    """
    return sorted([*_found(_VARIABLE, text), *_chunks(text), *_kept(text, keep)])


def _chunks(text: str) -> Iterator[Span]:
    # Piece by piece between blanks, never one expression over the whole text: that would be quadratic.
    for chunk in _CHUNK.finditer(text):
        piece = chunk.group()
        if _DIGIT.search(piece) or _ADDRESS.search(piece):
            begin = chunk.start() + len(piece) - len(piece.lstrip(_AROUND))
            end = chunk.start() + len(piece.rstrip(_AROUND))
            yield begin, end


def _kept(text: str, keep: Iterable[str]) -> Iterator[Span]:
    words = sorted({re.escape(word.strip()) for word in keep if word.strip()}, key=len, reverse=True)
    if words:
        yield from _found(re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE), text)


def _found(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (match.span() for match in pattern.finditer(text))
