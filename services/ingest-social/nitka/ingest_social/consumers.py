"""Agents' messages for WhatsApp: sent at most once, in order within a conversation, with a receipt each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from nitka.events import Channel, DeliveryState, Envelope, MessageRequested
from nitka.events.topics import OUTBOUND_RECEIPTS
from nitka.ingest_social.domain import Outcome, Refused, receipt, request
from nitka.ingest_social.graph import GraphApi
from nitka.ingest_social.store import Attempts
from nitka.runtime.consumer import Delivery
from nitka.runtime.publisher import Publisher, record

BATCH = 50
"""Messages taken at once: few, so that a slow API cannot make the broker think that we died."""

_AT_ONCE = 8
_UNKNOWN = Outcome(
    DeliveryState.UNCONFIRMED, reason="We were interrupted while sending; the customer may have it."
)


class Sender:
    """Handles `outbound.messages.v1` for the channel WhatsApp."""

    def __init__(self, attempts: Attempts, graph: GraphApi, publisher: Publisher) -> None:
        self._attempts, self._graph, self._publisher = attempts, graph, publisher
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def handle(self, batch: Sequence[Delivery]) -> None:
        """Send a batch, conversations side by side."""
        lanes: dict[str, list[tuple[Envelope, MessageRequested]]] = defaultdict(list)
        for delivery in batch:
            message = delivery.event.payload
            if isinstance(message, MessageRequested) and message.channel is Channel.WHATSAPP:
                lanes[delivery.key].append((delivery.event.envelope, message))
        # Every lane ends before an error is raised: a cancelled one could not tell whether it had sent.
        results = await asyncio.gather(*(self._lane(m) for m in lanes.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _lane(self, messages: list[tuple[Envelope, MessageRequested]]) -> None:
        async with self._turn:
            for cause, message in messages:
                outcome = await self._send(message)
                event = receipt(cause, message, outcome, datetime.now(UTC))
                await self._publisher.publish(record(OUTBOUND_RECEIPTS, str(message.conversation_id), event))

    async def _send(self, message: MessageRequested) -> Outcome:
        earlier = await self._attempts.begin(message)
        if earlier is not None and earlier.outcome is not None:
            return earlier.outcome
        outcome = _UNKNOWN if earlier else await self._transmit(message)
        await self._attempts.finish(message, outcome)
        return outcome

    async def _transmit(self, message: MessageRequested) -> Outcome:
        try:
            body = request(message)
        except Refused as refusal:
            return Outcome(DeliveryState.FAILED, reason=str(refusal))
        return await self._graph.send(message.account, body)
