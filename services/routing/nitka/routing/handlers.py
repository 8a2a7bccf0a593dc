"""Who is there: what agents say of themselves, and what the open app says of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from nitka.routing.domain import AWAY, AgentPresence, came, left
from nitka.routing.outbox import presence_changed
from nitka.routing.store import Presences
from nitka.runtime import telemetry
from nitka.runtime.publisher import Publisher

Change = Callable[[AgentPresence | None], AgentPresence | None]
"""The presence after another one; None where it stays."""


async def change(
    presences: Presences, publisher: Publisher, agent_id: str, decided: Change
) -> AgentPresence | None:
    """Change somebody's presence; what it is then. Published before it is stored: stored is published.

    Raises PublishError.
    """
    async with presences.changing(agent_id) as (connection, before):
        after = decided(before)
        if after is not None:
            previous = before.presence if before else None
            await publisher.publish(presence_changed(after, previous, telemetry.current_traceparent()))
            await presences.save(connection, after)
        return after or before


async def see(presences: Presences, publisher: Publisher, agents: Collection[str], now: datetime) -> None:
    """These have the app open. Raises PublishError."""
    known = await presences.seen(agents, now)
    for agent_id in sorted(set(agents) - known):
        await change(presences, publisher, agent_id, partial(came, agent_id=agent_id, now=now))


async def let_go(presences: Presences, publisher: Publisher, now: datetime) -> None:
    """Whoever has not had the app open for a while is offline. Raises PublishError."""
    for agent_id in await presences.unseen(now - AWAY):
        await change(presences, publisher, agent_id, partial(left, now=now))
