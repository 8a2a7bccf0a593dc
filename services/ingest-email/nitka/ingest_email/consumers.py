"""Broker subscribers, thin: agents' messages for the channel e-mail are written down and the sender is woken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from nitka.events import Channel, MessageRequested
from nitka.ingest_email.domain.delivery import MEMORY
from nitka.ingest_email.store import Attempts
from nitka.runtime import logs
from nitka.runtime.consumer import Delivery, Handler

_log = logs.get("outbound")


def on_outbound(attempts: Attempts, wake: Callable[[], None], clock: Callable[[], datetime]) -> Handler:
    """Handler of `outbound.messages.v1`. What may be from before the memory of attempts is never sent."""

    async def handle(batch: Sequence[Delivery]) -> None:
        asked = [
            (message, d.event)
            for d in batch
            if isinstance(message := d.event.payload, MessageRequested) and message.channel is Channel.EMAIL
        ]
        oldest = clock() - MEMORY
        events = [(m, e) for m, e in asked if e.envelope.recorded_at >= oldest]
        if len(events) < len(asked):
            _log.warning("requests from a replay are too old to be sent", count=len(asked) - len(events))
        if events:
            await attempts.add(events)
            wake()

    return handle
