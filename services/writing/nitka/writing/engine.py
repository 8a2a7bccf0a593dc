"""A server on demand: started by the first use, stopped when nobody needed it for a while."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

import httpx

from nitka.api.writing import CorrectorState, WritingState
from nitka.runtime import logs
from nitka.writing.correctors import away, starting

IDLE = 15 * 60.0
"""Seconds without a use after which the server is stopped, to give its memory back."""

START_WITHIN = 240.0
"""Seconds that the server may take without a sign of progress."""

_AFTER_FAILURE = 15.0
_ASK_EVERY = 0.2
_STOP_WITHIN = 5.0
_PROGRESS = re.compile(rb"fetching (\d{1,3})%")
_log = logs.get("engine")


class Engine:
    """Runs `command`, which starts a server at `url`. Without a command the server runs by itself.

    While the command fetches what it needs it may write lines `fetching 40%`. The server must end with this
    process; that is the command's business (PR_SET_PDEATHSIG), since a killed process stops nothing.
    """

    def __init__(self, url: str, command: Sequence[str], idle: float = IDLE) -> None:
        self._url, self._command, self._idle = url.rstrip("/"), command, idle
        self._running: asyncio.Task[None] | None = None
        self._state = WritingState(state=CorrectorState.OFF if command else CorrectorState.READY)
        self._used_at = self._signs_at = 0.0
        self._not_before = 0.0

    def state(self) -> WritingState:
        return self._state

    def use(self) -> None:
        """Say that the server is about to be used. Raises Problem unless it is ready; starts it when it is off."""
        if not self._command:
            return
        now = self._used_at = asyncio.get_running_loop().time()
        if self._running is None or self._running.done():
            if now < self._not_before:
                raise away()
            self._state = WritingState(state=CorrectorState.STARTING)
            self._running = asyncio.create_task(self._run())
        if self._state.state is not CorrectorState.READY:
            raise starting()

    async def close(self) -> None:
        """Stop the server."""
        if self._running:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        self._not_before = loop.time() + _AFTER_FAILURE
        try:
            # From the loop's own thread, the main one: the server's leash hangs on the thread that started it.
            process = await asyncio.create_subprocess_exec(*self._command, stdin=DEVNULL, stdout=PIPE)
        except OSError as error:
            _log.error("the corrector could not be started", exc_info=error)
            self._state = WritingState(state=CorrectorState.OFF)
            return
        listening = asyncio.create_task(self._listen(process))
        try:
            if await self._becomes_ready(process):
                self._not_before = 0.0
                self._state = WritingState(state=CorrectorState.READY)
                await self._until_idle(process)
            elif process.returncode is None:
                _log.warning("the corrector did not become ready in time")
        finally:
            self._state = WritingState(state=CorrectorState.OFF)
            listening.cancel()
            if process.returncode is not None:
                _log.warning("the corrector ended by itself", code=process.returncode)
            await _stop(process)

    async def _listen(self, process: Process) -> None:
        """Follow the progress; anything else that the server writes is dropped."""
        assert process.stdout
        while written := await process.stdout.read(4096):
            self._signs_at = asyncio.get_running_loop().time()
            told = _PROGRESS.findall(written)
            if told and self._state.state is not CorrectorState.READY:
                percent = min(int(told[-1]), 100)
                self._state = WritingState(state=CorrectorState.FETCHING, progress=percent)
        if self._state.state is CorrectorState.FETCHING:
            self._state = WritingState(state=CorrectorState.STARTING)

    async def _becomes_ready(self, process: Process) -> bool:
        loop = asyncio.get_running_loop()
        self._signs_at = loop.time()
        async with httpx.AsyncClient(base_url=self._url, timeout=2.0) as client:
            while process.returncode is None and loop.time() < self._signs_at + START_WITHIN:
                with suppress(httpx.TransportError):
                    if (await client.get("/v2/healthcheck")).status_code == 200:
                        return True
                await asyncio.sleep(_ASK_EVERY)
        return False

    async def _until_idle(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        while process.returncode is None and (left := self._used_at + self._idle - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), left)


async def _stop(process: Process) -> None:
    if process.returncode is not None:
        return
    for end in (process.terminate, process.kill):
        with suppress(ProcessLookupError):
            end()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _STOP_WITHIN)
            return
