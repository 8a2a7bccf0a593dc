"""Keeping the waiting table up to date with `conversation.events.v1`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from nitka.events.conversation import Assigned, ConversationPayload
from nitka.routing.domain import Known, evolve, served_after
from nitka.routing.outbox import conversation_served
from nitka.routing.store import Queue
from nitka.runtime.consumer import Delivery, Handler
from nitka.runtime.publisher import Publisher, Record


def on_conversations(queue: Queue, publisher: Publisher) -> Handler:
    """Handler of `conversation.events.v1`."""

    async def handle(batch: Sequence[Delivery]) -> None:
        events = [(d.event.envelope, d.event.payload) for d in batch]
        ours = [(e, p) for e, p in events if isinstance(p, ConversationPayload)]
        if not ours:
            return
        served: list[Record] = []
        async with queue.transaction() as connection:
            known = await queue.load(connection, {p.conversation_id for _, p in ours})
            for envelope, payload in ours:
                before = known.get(payload.conversation_id) or Known(payload.conversation_id)
                waited = served_after(before, payload, envelope.occurred_at)
                if waited is not None and isinstance(payload, Assigned):
                    served.append(conversation_served(envelope, payload, waited, datetime.now(UTC)))
                known[payload.conversation_id] = evolve(before, payload, envelope.occurred_at)
            if served:  # before the commit: a crash between the two repeats it under the same id
                await publisher.publish(*served)
            await queue.save(connection, known.values())

    return handle
