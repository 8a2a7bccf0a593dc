"""The streams that are open in this process, and what they are told beside the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from nitka.gateway.domain import Role

_WAITING_MAX = 1000


class Stream:
    """One open stream: whose it is, and the passing words that wait to be sent.

    A newer word about the same subject replaces the one that waits, so a slow client costs little and sees the
    present when it looks.
    """

    def __init__(self, session: bytes, agent_id: str, role: Role, tab: str) -> None:
        self.session, self.agent_id, self.role, self.tab = session, agent_id, role, tab
        self.ended = asyncio.Event()
        self._waiting: dict[str, str] = {}
        self._any = asyncio.Event()

    def say(self, subject: str, words: str) -> None:
        """Have `words` sent soon."""
        self._waiting.pop(subject, None)
        self._waiting[subject] = words
        if len(self._waiting) > _WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        self._any.set()

    def waits(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._waiting)

    async def said(self) -> str:
        """What is to be sent, as soon as there is something."""
        await self._any.wait()
        self._any.clear()
        words = "".join(self._waiting.values())
        self._waiting.clear()
        return words


class OpenStreams:
    """All of them, so that they can be told something, and ended."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()

    def __iter__(self) -> Iterator[Stream]:
        return iter(tuple(self._open))

    def keys(self) -> set[bytes]:
        """The sessions that have a stream open."""
        return {stream.session for stream in self._open}

    def add(self, stream: Stream) -> None:
        self._open.add(stream)

    def remove(self, stream: Stream) -> None:
        self._open.discard(stream)

    def has(self, agent_id: str, tab: str) -> bool:
        """Whether this tab of the agent has a stream open."""
        return any(stream.agent_id == agent_id and stream.tab == tab for stream in self._open)

    def end(self, keys: Iterable[bytes]) -> None:
        """End the streams of these sessions."""
        ended = set(keys)
        for stream in self._open:
            if stream.session in ended:
                stream.ended.set()
