"""Two ways to count a text: Python counts code points, browsers and Java count UTF-16 code units."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate


class Positions:
    """Translates places in one text."""

    def __init__(self, text: str) -> None:
        widths = (2 if ord(character) > 0xFFFF else 1 for character in text)
        self._units = list(accumulate(widths, initial=0))

    def units(self, point: int) -> int:
        """The code point's place in UTF-16 code units."""
        return self._units[point]

    def point(self, unit: int) -> int:
        """The place in code points. Raises ValueError outside the text and inside a surrogate pair."""
        found = bisect_left(self._units, unit)
        if found == len(self._units) or self._units[found] != unit:
            raise ValueError("no character begins there")
        return found
