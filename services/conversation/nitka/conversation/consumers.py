"""Broker subscribers: typed events in, one call of a handler each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nitka.conversation.handlers import background
from nitka.conversation.handlers.receive import receive
from nitka.conversation.store.events import EventLog
from nitka.events import Envelope, MessageReceipt, MessageReceived, RatingReceived
from nitka.runtime import telemetry
from nitka.runtime.consumer import Delivery, Handler


def on_inbound(log: EventLog, token_key: bytes) -> Handler:
    """Handler of `inbound.messages.v1`."""
    return partial(_handle, (MessageReceived, RatingReceived), partial(receive, log, token_key))


def on_receipts(log: EventLog) -> Handler:
    """Handler of `outbound.receipts.v1`."""
    return partial(_handle, MessageReceipt, partial(background.record_receipts, log))


def on_customers(log: EventLog) -> Handler:
    """Handler of `customer.events.v1`."""
    return partial(_handle, object, partial(background.link_customers, log))


async def _handle(
    wanted: type[Any] | tuple[type[Any], ...],
    store: Callable[[Sequence[tuple[Envelope, Any]]], None],
    batch: Sequence[Delivery],
) -> None:
    parents = [d.event.envelope.traceparent for d in batch]
    with telemetry.spans("conversation.store", parents) as traceparents:
        found = [
            (_traced(d.event.envelope, traceparent), d.event.payload)
            for traceparent, d in zip(traceparents, batch, strict=True)
            if d.event.payload is not None and isinstance(d.event.payload, wanted)
        ]
        if found:
            await asyncio.to_thread(store, found)


def _traced(envelope: Envelope, traceparent: str | None) -> Envelope:
    if traceparent == envelope.traceparent:
        return envelope
    return envelope.model_copy(update={"traceparent": traceparent})
