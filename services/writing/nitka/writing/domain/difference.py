"""What changed between an agent's text and a model's version of it, word by word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rapidfuzz.distance import Indel, Levenshtein

from nitka.api.writing import Category
from nitka.writing.domain.marks import WORD, Change

_SHORT = 40
"""Code points; of a shorter text much may change by mending two words."""

_CHANGED_MAX = 0.5


def changes_between(text: str, version: str) -> list[Change]:
    """The changes that make `text` become `version`, each as small as whole words allow.

    Made all at once they give exactly `version`; each can be made alone.
    """
    old, new = WORD.findall(text), WORD.findall(version)
    places = [0]
    for word in old:
        places.append(places[-1] + len(word))
    return [
        Change(places[a], places[b], ("".join(new[c:d]),), _category("".join(old[a:b]), "".join(new[c:d])))
        for a, b, c, d in _blocks(old, new)
    ]


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of words that differ; what is deleted and what is inserted at one place is one run."""
    run: tuple[int, int, int, int] | None = None
    for step in Indel.opcodes(old, new):
        if step.tag != "equal":
            begin = run or (step.src_start, 0, step.dest_start, 0)
            run = (begin[0], step.src_end, begin[2], step.dest_end)
        elif run:
            yield run
            run = None
    if run:
        yield run


def _category(old: str, new: str) -> Category:
    """A guess: a model does not say why."""
    if not any(character.isalnum() for character in old + new):
        return Category.PUNCTUATION
    one_word = old.isalpha() and new.isalpha()
    if one_word and (old.casefold() == new.casefold() or Levenshtein.distance(old, new) <= len(old) // 3):
        return Category.SPELLING
    return Category.GRAMMAR


def too_different(text: str, version: str) -> bool:
    """Whether the version is no correction: another text, or one with characters that nobody can see."""
    if not version.strip() or _invisible(version) - _invisible(text):
        return True
    changed = Indel.normalized_distance(WORD.findall(text), WORD.findall(version))
    longest = max(len(text), len(version))
    return longest > 2 * len(text) + _SHORT or (longest > _SHORT and changed > _CHANGED_MAX)


def _invisible(text: str) -> set[str]:
    """Control and format characters: they could hide or reorder what is read."""
    return {c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs")}
