"""Broker subscribers: typed events in, one call of a handler each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from opentelemetry import trace

from nitka.conversation.handlers import background
from nitka.conversation.handlers.receive import receive
from nitka.conversation.store.events import EventLog
from nitka.events import Envelope, MessageReceipt, MessageReceived
from nitka.runtime import telemetry
from nitka.runtime.consumer import Delivery, Handler


def on_inbound(log: EventLog, token_key: bytes) -> Handler:
    """Handler of `inbound.messages.v1`."""
    return partial(_handle, MessageReceived, partial(receive, log, token_key))


def on_receipts(log: EventLog) -> Handler:
    """Handler of `outbound.receipts.v1`."""
    return partial(_handle, MessageReceipt, partial(background.record_receipts, log))


def on_customers(log: EventLog) -> Handler:
    """Handler of `customer.events.v1`."""
    return partial(_handle, object, partial(background.link_customers, log))


async def _handle(
    wanted: type[Any], store: Callable[[Sequence[tuple[Envelope, Any]]], None], batch: Sequence[Delivery]
) -> None:
    with _traced([d.event.envelope for d in batch]) as envelopes:
        found = [
            (envelope, d.event.payload)
            for envelope, d in zip(envelopes, batch, strict=True)
            if d.event.payload is not None and isinstance(d.event.payload, wanted)
        ]
        if found:
            await asyncio.to_thread(store, found)


@contextmanager
def _traced(envelopes: list[Envelope]) -> Iterator[list[Envelope]]:
    """One span per message over the time of the batch: a batch has many parents, a trace has one story."""
    if not telemetry.enabled():
        yield envelopes
        return
    tracer = trace.get_tracer("nitka")
    spans = [
        tracer.start_span("conversation.store", context=telemetry.context_of(envelope.traceparent))
        for envelope in envelopes
    ]
    try:
        yield [
            envelope.model_copy(update={"traceparent": telemetry.traceparent_of(span)})
            for envelope, span in zip(envelopes, spans, strict=True)
        ]
    finally:
        for span in spans:
            span.end()
