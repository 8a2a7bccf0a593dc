"""A local append-only spool: what a sender handed over while Kafka was away, on disk and in order.

One file an entry, named by its number. An entry is complete or absent (written aside, fsynced, renamed), so a
kill at any moment loses nothing that was acknowledged. An entry is removed after it was delivered; a kill in
between delivers it again, which is why whatever an entry becomes must have a derived event id.
"""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

ENTRY_OVERHEAD = 4096
"""Bytes that an entry counts beside its body: a small file still takes a block."""

_ENTRY, _PARTIAL, _SET_ASIDE = ".entry", ".partial", ".set-aside"


class SpoolFull(RuntimeError):
    """There is no room for this entry: the sender must keep it and try again."""


class SpoolInUse(RuntimeError):
    """Another process has this folder; two writers would hand out the same number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One spooled body. Numbers grow in the order of acceptance."""

    number: int
    body: bytes


class Spool:
    """The spool of one process in one folder, holding at most `max_bytes` (counted with ENTRY_OVERHEAD).

    Raises SpoolInUse when another process has the folder open.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._max_bytes = folder, max_bytes
        self._lock = _lock(folder)
        for leftover in folder.glob(f"*{_PARTIAL}"):
            leftover.unlink()
        self._waiting = {int(p.stem): _cost(p.stat().st_size) for p in folder.glob(f"*{_ENTRY}")}
        kept = sum(_cost(p.stat().st_size) for p in folder.glob(f"*{_SET_ASIDE}"))
        self._used = sum(self._waiting.values()) + kept
        self._arrived = asyncio.Event()
        taken = (int(p.stem) for p in folder.iterdir() if p.stem.isdigit())
        self._numbers = itertools.count(max(taken, default=0) + 1)

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)

    def __len__(self) -> int:
        """How many entries wait for delivery."""
        return len(self._waiting)

    async def append(self, body: bytes) -> int:
        """Put a body on disk; returns its number once it would survive a kill and a power cut.

        Raises SpoolFull when the bound is reached or the disk refuses.
        """
        cost = _cost(len(body))
        if self._used + cost > self._max_bytes:
            raise SpoolFull("spool is full")
        self._used += cost
        number = next(self._numbers)
        try:
            # Shielded: a caller that gives up must not leave a file behind that the books do not know.
            await asyncio.shield(asyncio.ensure_future(self._write(number, body, cost)))
        except OSError as error:
            raise SpoolFull(f"disk refused: {type(error).__name__}") from error
        return number

    async def _write(self, number: int, body: bytes, cost: int) -> None:
        try:
            await asyncio.to_thread(self._write_durably, number, body)
        except BaseException:
            self._used -= cost
            raise
        self._waiting[number] = cost
        self._arrived.set()

    async def wait(self) -> None:
        """Return when at least one entry waits for delivery."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()

    def _write_durably(self, number: int, body: bytes) -> None:
        partial = self._path(number, _PARTIAL)
        try:
            with partial.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(self._path(number, _ENTRY))
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)

    async def oldest(self, count: int, max_bytes: int) -> list[Entry]:
        """The oldest waiting entries in order: at most `count` and `max_bytes`, but at least one."""
        numbers = sorted(self._waiting)[:count]
        sizes = itertools.accumulate(self._waiting[n] for n in numbers)
        fitting = sum(size <= max_bytes for size in sizes)
        return await asyncio.to_thread(self._read, numbers[: max(fitting, 1)])

    def _read(self, numbers: list[int]) -> list[Entry]:
        return [Entry(n, self._path(n, _ENTRY).read_bytes()) for n in numbers]

    def remove(self, entry: Entry) -> None:
        """Forget a delivered entry."""
        self._path(entry.number, _ENTRY).unlink(missing_ok=True)
        self._used -= self._waiting.pop(entry.number, 0)

    def set_aside(self, entry: Entry) -> Path:
        """Keep an entry that cannot be delivered, out of the way of the others; a person decides about it."""
        path = self._path(entry.number, _SET_ASIDE)
        self._path(entry.number, _ENTRY).rename(path)
        del self._waiting[entry.number]
        return path

    def _path(self, number: int, suffix: str) -> Path:
        return self._folder / f"{number:020d}{suffix}"


def _cost(size: int) -> int:
    return size + ENTRY_OVERHEAD


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise SpoolInUse(str(folder)) from error
    return descriptor


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: a file's name belongs to its folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
