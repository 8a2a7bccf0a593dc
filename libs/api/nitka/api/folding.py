"""The one way in which search and rules compare words. Pure, so a domain may use it too."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"[\u0300-\u036f]+")
_LETTERS = str.maketrans(
    {"ł": "l", "ı": "i", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "\x00": " "}
)


def fold(text: str) -> str:
    """Small letters without accents: Łódź, İzmir, São and Straße become lodz, izmir, sao and strasse."""
    if text.isascii():
        return text.lower().replace("\x00", " ")
    # Twice: a letter of mathematics becomes a capital only when it is taken apart.
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _MARKS.sub("", unicodedata.normalize("NFKD", plain)).translate(_LETTERS)
