"""Broker subscribers, thin: agents' messages for the channel e-mail are written down and the sender is woken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nitka.events import Channel, MessageRequested
from nitka.ingest_email.store import Attempts
from nitka.runtime.consumer import Delivery, Handler


def on_outbound(attempts: Attempts, wake: Callable[[], None]) -> Handler:
    """Handler of `outbound.messages.v1`."""

    async def handle(batch: Sequence[Delivery]) -> None:
        events = [
            (message, d.event)
            for d in batch
            if isinstance(message := d.event.payload, MessageRequested) and message.channel is Channel.EMAIL
        ]
        if events:
            await attempts.add(events)
            wake()

    return handle
