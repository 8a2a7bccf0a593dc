"""Words as a search compares them: folded, cut, and written as PostgreSQL's `tsvector` and `tsquery`.

Text and question go through the same functions, so the database needs no dictionary and no extension.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nitka.api.folding import fold

WORD_MAX, WORDS_MAX, TEXT_MAX = 40, 1000, 20_000
"""Characters of a word, different words of a text, characters of a text: what lies beyond is not found."""

ADDRESS_MAX = 320
QUESTION_MAX, BEGINNING_MIN = 8, 3
"""Words of a question; more do not narrow it any further."""

PHONE_MIN = 6
"""Digits by which a phone number is found from its end."""

_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"'()]+@[^\s@<>,;:\"'()]+")


def words(text: str) -> list[str]:
    """The different words of a text, folded, in their order; e-mail addresses in it also whole."""
    text = fold(text[:TEXT_MAX])
    found = dict.fromkeys(word[:WORD_MAX] for word in _WORD.findall(text))
    if "@" in text:
        found.update(dict.fromkeys(address[:ADDRESS_MAX] for address in _ADDRESS.findall(text)))
    return list(found)[:WORDS_MAX]


def address_words(value: str) -> list[str]:
    """What an address (e-mail, phone, handle) is found by: its words; an e-mail address whole, from any word of
    its local part on; a phone number from any digit on."""
    value = fold(value.strip())[:ADDRESS_MAX]
    found = words(value)
    if "@" in value:
        local = value.rpartition("@")[0]
        found += [value[m.start() :] for m in _WORD.finditer(local)]
    digits = _phone(value)
    found += [digits[n:] for n in range(len(digits) - PHONE_MIN + 1)]
    return list(dict.fromkeys(found))


def vector(found: Iterable[str]) -> str:
    """Words as the text form of a `tsvector`."""
    return " ".join(map(_quoted, dict.fromkeys(found)))


def question(text: str, *, prefixes: bool = True) -> str | None:
    """What somebody typed as the text form of a `tsquery`, None without any word.

    All words must be there, each may be the beginning of one; without `prefixes` only addresses and the last word,
    which may not be typed to its end, from BEGINNING_MIN characters on. An e-mail address stays whole; what looks
    like a phone number is that, or the words that it is written with.
    """
    text = fold(text)
    whole = [address[:ADDRESS_MAX] for address in _ADDRESS.findall(text)]
    plain = [word[:WORD_MAX] for word in _WORD.findall(_ADDRESS.sub(" ", text))]
    asked = list(dict.fromkeys([*whole, *plain]))[:QUESTION_MAX]
    begun = {*whole, *(w for w in asked[-1:] if len(w) >= BEGINNING_MIN)}
    parts = [_quoted(w) + (":*" if prefixes or w in begun else "") for w in asked]
    if digits := _phone(text):
        return f"{_quoted(digits)}:* | ({' & '.join(parts)})"
    return " & ".join(parts) or None


def _phone(text: str) -> str:
    """The digits of a text that is a phone number, or its end, without the zeros of a prefix; else nothing."""
    digits = re.sub(r"[\s()+./-]+", "", text)
    return digits.lstrip("0") if digits.isdecimal() and digits.isascii() and len(digits) >= PHONE_MIN else ""


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
