"""Durable acceptance: deliver now if that is quick, else spool; the caller may say "yes" when `accept` returns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from nitka.channel.spool import Entry, Spool
from nitka.runtime import logs
from nitka.runtime.consumer import TRANSIENT

Deliver = Callable[[Sequence[bytes]], Awaitable[None]]
"""Makes bodies durable elsewhere, in order. Repeatable: the same body gives the same events."""

BUDGET = 0.5
"""Seconds that the first attempt at delivery may take; senders of webhooks want an answer within one."""

_BATCH, _BATCH_BYTES = 200, 4 * 1024 * 1024
_RETRY = 1.0
_log = logs.get("intake")


class Intake:
    """Accepts bodies for `deliver`, through `spool` whenever delivery is not possible at once.

    While anything is spooled everything is, so that the order of acceptance holds.
    """

    def __init__(self, spool: Spool, deliver: Deliver, *, budget: float = BUDGET) -> None:
        self._spool, self._deliver, self._budget = spool, deliver, budget

    async def accept(self, body: bytes) -> None:
        """Return once `body` is durable. Raises SpoolFull when it cannot be."""
        if not len(self._spool):
            try:
                async with asyncio.timeout(self._budget):
                    await self._deliver([body])
            except Exception as error:  # noqa: BLE001 - whatever failed, the body must not be lost
                _log.warning("spooling", error=type(error).__name__)
            else:
                return
        await self._spool.append(body)

    async def run(self) -> None:
        """Drain the spool, oldest first, until cancelled."""
        while True:
            await self._spool.wait()
            try:
                await self._drain(await self._spool.oldest(_BATCH, _BATCH_BYTES))
            except TRANSIENT as error:
                _log.warning("still spooled", waiting=len(self._spool), error=type(error).__name__)
                await asyncio.sleep(_RETRY)

    async def _drain(self, entries: list[Entry]) -> None:
        """Deliver entries and forget them. Raises one of TRANSIENT while a dependency is away.

        A batch that fails for its content is halved until the culprit stands alone and is set aside.
        """
        try:
            await self._deliver([e.body for e in entries])
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - one bad entry must not hold the others for ever
            if len(entries) > 1:
                middle = len(entries) // 2
                await self._drain(entries[:middle])
                await self._drain(entries[middle:])
                return
            path = self._spool.set_aside(entries[0])
            _log.error("cannot deliver, set aside", file=path.name, exc_info=error)
            return
        for entry in entries:
            self._spool.remove(entry)
