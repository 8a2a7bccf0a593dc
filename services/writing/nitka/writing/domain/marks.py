"""Marks: disjoint, exact, and never where they must not be, whatever the corrector says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from nitka.api.writing import Category, Correction
from nitka.writing.domain.guesses import guesses
from nitka.writing.domain.positions import Positions
from nitka.writing.domain.protected import Span, protected

MARKS_MAX = 500
"""Marks of one answer; a text that needs more is not the corrector's to mend."""

REPLACEMENTS_MAX = 5

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|\s+|.", re.DOTALL)
"""A word, a number, blanks, or one other character: what is changed as a whole."""


@dataclass(frozen=True)
class Change:
    """A corrector's proposal: the code points from `begin` to `end` become one of `replacements`."""

    begin: int
    end: int
    replacements: tuple[str, ...]
    category: Category
    message: str = ""


def marks(text: str, changes: Iterable[Change], keep: Iterable[str] = ()) -> tuple[Correction, ...]:
    """The changes that may be shown, in order, disjoint, at most `MARKS_MAX`; of two that overlap the first stays.

    Dropped are proposals outside the text, without a replacement (a strange name is no mistake), or in a
    protected place.
    """
    where, found = Positions(text), _disjoint(text, changes, keep)
    misspelt = [(each.begin, each.end) for each in found if each.category is Category.SPELLING]
    unsure = guesses(text, misspelt)
    return tuple(
        Correction(
            offset=where.units(each.begin),
            length=where.units(each.end) - where.units(each.begin),
            original=text[each.begin : each.end],
            replacements=each.replacements,
            message=each.message,
            category=each.category,
            sure=each.category is not Category.SPELLING or (each.begin, each.end) not in unsure,
        )
        for each in found
    )


def _disjoint(text: str, changes: Iterable[Change], keep: Iterable[str]) -> list[Change]:
    untouchable = protected(text, keep)
    found: list[Change] = []
    free_from = 0
    for change in sorted(changes, key=lambda each: (each.begin, each.end)):
        if len(found) == MARKS_MAX:
            break
        narrow = _narrowed(text, change)
        if narrow is None or narrow.begin < free_from or _touches(narrow, untouchable):
            continue
        found.append(narrow)
        # Two insertions at one place would leave it open which comes first.
        free_from = narrow.end + (narrow.begin == narrow.end)
    return found


def _narrowed(text: str, change: Change) -> Change | None:
    """The change without the words that stay the same at its ends; None when nothing is left to propose."""
    if not 0 <= change.begin <= change.end <= len(text):
        return None
    original = text[change.begin : change.end]
    replacements = [each for each in dict.fromkeys(change.replacements) if each != original][:REPLACEMENTS_MAX]
    if not replacements:
        return None
    versions = [WORD.findall(each) for each in (original, *replacements)]
    head = _same(versions)
    tail = _same([words[len(head) :][::-1] for words in versions])[::-1]
    before, after = sum(map(len, head)), sum(map(len, tail))
    shorter = [each[before : len(each) - after] for each in (original, *replacements)]
    if not any(each.strip() for each in shorter):  # blanks alone are hard to see: keep the words around them
        shorter, before, after = [original, *replacements], 0, 0
    begin, end = change.begin + before, change.end - after
    return Change(begin, end, tuple(shorter[1:]), change.category, change.message)


def _same(versions: Sequence[Sequence[str]]) -> list[str]:
    """The words that all versions begin with."""
    columns = takewhile(lambda words: len(set(words)) == 1, zip(*versions, strict=False))
    return [words[0] for words in columns]


def _touches(change: Change, spans: Iterable[Span]) -> bool:
    if change.begin == change.end:
        return any(begin < change.begin < end for begin, end in spans)
    return any(begin < change.end and change.begin < end for begin, end in spans)
