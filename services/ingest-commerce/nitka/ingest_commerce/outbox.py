"""Accepted events → records on Kafka. Between the two they may wait in the spool, as one JSON event a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nitka.events import Envelope, serialize
from nitka.events.topics import COMMERCE_EVENTS
from nitka.runtime.publisher import Publisher, record


def pack(events: Iterable[Envelope]) -> bytes:
    """One body for the spool."""
    return b"\n".join(serialize(e) for e in events)


def unpack(body: bytes) -> list[Envelope]:
    """The events of a body; the inverse of `pack`."""
    return [Envelope.model_validate_json(line) for line in body.split(b"\n") if line]


def key(event: Envelope) -> str:
    """Everything that one shop says of one customer is in order."""
    return f"{event.payload['shop']}|{event.payload['customer_key']}"


class Commerce:
    """Publishes to `commerce.events.v1`."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def deliver(self, bodies: Sequence[bytes]) -> None:
        """Publish packed events in order; returns when Kafka has acknowledged."""
        events = [e for body in bodies for e in unpack(body)]
        if events:
            await self._publisher.publish(*(record(COMMERCE_EVENTS, key(e), e) for e in events))
