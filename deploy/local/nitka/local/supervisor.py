"""Keeps the parts of the stack running: starts them, watches them, starts a dead or hung one again, stops all."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg

from nitka.local.processes import Part, PartFailed, Running, ToolMissing

START_WITHIN = 120.0
"""Seconds; a busy machine needs many times what a quiet one does."""
WATCH_EVERY = 0.2
ASK_EVERY = 5.0
SILENCE = 6
"""Questions in a row that a part may leave unanswered before it counts as hung."""
BACKOFF = (0.5, 15.0)
SETTLED = 60.0
"""Seconds of running after which the next restart is quick again."""


class Supervisor:
    """Runs parts stage by stage. Use it from the main thread: the children's leash hangs on the thread."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs, self._say = logs, say
        self._stages: list[list[str]] = []
        self._running: dict[str, Running] = {}
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self, parts: Iterable[Part], before_next: Part | None = None) -> None:
        """Start the parts of one stage side by side; returns when all are ready. Raises PartFailed.

        `before_next` does a piece of work and ends; it starts with the others and waits for what it needs.
        """
        stage = list(parts)
        self._stages.append([part.name for part in stage])
        try:
            async with asyncio.TaskGroup() as group:
                for part in stage:
                    group.create_task(self._start(part))
                if before_next:
                    group.create_task(self._finish(before_next))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        self._keepers += [asyncio.create_task(self._keep(part), name=part.name) for part in stage]

    async def _finish(self, part: Part) -> None:
        began = time.monotonic()
        self._stages.append([part.name])
        running = self._running[part.name] = Running(part, await asyncio.to_thread(part.command), self._logs)
        while running.exit_code is None:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
        if running.exit_code != 0:
            raise running.failed(f"ended with code {running.exit_code}")
        self._tell_ready(part, began)

    async def stop(self) -> None:
        """Stop everything, the last stage first."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for stage in reversed(self._stages):
            running = [self._running[name] for name in stage if name in self._running]
            await asyncio.gather(*(asyncio.to_thread(r.stop) for r in running))

    async def _start(self, part: Part) -> None:
        began = time.monotonic()
        command = await asyncio.to_thread(part.command)
        running = self._running[part.name] = Running(part, command, self._logs)
        while not await asyncio.to_thread(running.answers, began + START_WITHIN):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        self._tell_ready(part, began)

    def _tell_ready(self, part: Part, began: float) -> None:
        self._say(f"  {part.name:<17} ready after {time.monotonic() - began:4.1f} s")

    async def _keep(self, part: Part) -> None:
        delay = BACKOFF[0]
        while True:
            began = time.monotonic()
            reason = await self._until_gone(self._running[part.name])
            if time.monotonic() - began > SETTLED:
                delay = BACKOFF[0]
            self._say(f"  {part.name:<17} {reason}; starting it again in {delay:.1f} s")
            await asyncio.sleep(delay)
            delay = min(delay * 2, BACKOFF[1])
            try:
                await self._start(part)
            except (PartFailed, ToolMissing, OSError) as error:
                self._say(f"  {error}")

    async def _until_gone(self, running: Running) -> str:
        """Wait for the part's end, which a hung part is given. Returns what happened, for a person."""
        unanswered, ask_at = 0, time.monotonic() + ASK_EVERY
        while running.exit_code is None:
            await asyncio.sleep(WATCH_EVERY)
            if time.monotonic() < ask_at:
                continue
            unanswered = 0 if await asyncio.to_thread(_alive, running.part) else unanswered + 1
            ask_at = time.monotonic() + ASK_EVERY
            if unanswered >= SILENCE:
                running.signal(signal.SIGKILL)
                return f"has not answered for {SILENCE * ASK_EVERY:.0f} s"
        running.signal(signal.SIGKILL)  # what it may have left behind
        return f"ended with code {running.exit_code}"


def _alive(part: Part) -> bool:
    try:
        (part.alive or part.ready)()
    except (OSError, psycopg.Error):
        return False
    return True
