"""Passing words between the gateway's processes: PostgreSQL's LISTEN and NOTIFY. Nobody keeps them.

They carry ids only. One that is lost is made good by the next renewal, or by the next time somebody reads.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

import psycopg
import psycopg_pool
from pydantic import Field, TypeAdapter, ValidationError

from nitka.api.conversations import View
from nitka.api.personal import Mine
from nitka.runtime import logs

CHANNEL = "nitka_gateway"
_log = logs.get("signals")


class HereSignal(View):
    """An agent's tab shows this conversation, or none."""

    kind: Literal["here"] = "here"
    agent_id: str
    tab: str
    conversation_id: UUID | None
    typing: bool


class MineSignal(View):
    """Something of an agent's was changed: for their other tabs. Without `agent_id` for everybody's."""

    kind: Literal["mine"] = "mine"
    agent_id: str | None
    mine: Mine


Signal = Annotated[HereSignal | MineSignal, Field(discriminator="kind")]
_SIGNAL: TypeAdapter[Signal] = TypeAdapter(Signal)


class Signals:
    """The way out and the way in."""

    def __init__(self, pool: psycopg_pool.AsyncConnectionPool, dsn: str) -> None:
        self._pool, self._dsn = pool, dsn

    async def send(self, signal: HereSignal | MineSignal) -> None:
        """Tell all processes, this one too. That PostgreSQL is away fails nothing: the word is passing."""
        try:
            async with self._pool.connection() as c:
                await c.execute("SELECT pg_notify(%s, %s)", (CHANNEL, signal.model_dump_json()))
        except (psycopg.Error, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed) as error:
            _log.warning("not told", error=type(error).__name__)

    async def heard(self) -> AsyncIterator[HereSignal | MineSignal]:
        """Everything that is told from now on, on a connection of its own. Raises psycopg.Error when it breaks."""
        connection = await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=10,
            # A server that is gone without a word is noticed within half a minute.
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            async for notification in connection.notifies():
                try:
                    yield _SIGNAL.validate_json(notification.payload)
                except ValidationError:  # of a newer version of this program
                    _log.warning("not understood")
