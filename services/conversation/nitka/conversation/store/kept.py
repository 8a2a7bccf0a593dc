"""What was worked out of mails, kept for the next look: cleaning one takes milliseconds, a thread shows sixty."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import NamedTuple

SIZE = 32 * 1024 * 1024
"""Characters that are kept in all; what was not asked for longest goes first."""


class Shown(NamedTuple):
    """A message as it is shown: what is new in it, what it quotes, and its HTML made safe."""

    text: str
    quoted: str | None
    html: str | None
    remote_blocked: bool


class Kept:
    """A bounded memory; safe between threads. A message never changes, so nothing in it goes stale."""

    def __init__(self, size: int = SIZE) -> None:
        self._size, self._used = size, 0
        self._known: OrderedDict[Hashable, Shown] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Shown]) -> Shown:
        """What is known under a key; made if it is not."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()
        with self._lock:
            if key not in self._known:
                self._known[key] = made
                self._used += _size(made)
            while self._used > self._size:
                _, gone = self._known.popitem(last=False)
                self._used -= _size(gone)
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()
            self._used = 0


def _size(shown: Shown) -> int:
    return len(shown.text) + len(shown.quoted or "") + len(shown.html or "")
