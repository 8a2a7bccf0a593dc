"""From bytes to typed events and back."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from nitka.events.envelope import Envelope, Payload
from nitka.events.topics import Topic

SOURCE = "nitka"


class InvalidEvent(ValueError):
    """The record is no event of its topic. The message says why and never repeats the content."""


@dataclass(frozen=True, slots=True)
class Event:
    """A parsed event: the envelope and its typed payload (None: a type that this code does not know yet)."""

    envelope: Envelope
    payload: Payload | None


def parse(topic: Topic, raw: bytes | None) -> Event:
    """Parse one record of a topic.

    A type that the topic does not list is news from a newer producer: the payload is then None and the
    consumer skips it. Raises InvalidEvent for anything that is not an envelope or not its type's payload.
    """
    try:
        envelope = Envelope.model_validate_json(_without_nul(raw or b""))
        model = topic.types_by_key.get((envelope.type, envelope.version))
        payload = model.model_validate(envelope.payload) if model else None
    except ValidationError as error:
        raise InvalidEvent(_summary(error)) from None
    return Event(envelope, payload)


def _without_nul(raw: bytes) -> bytes:
    """No store of ours takes a NUL in text, and no text means one: it becomes U+FFFD."""
    return raw.replace(rb"\u0000", rb"\ufffd") if rb"\u0000" in raw else raw


def serialize(envelope: Envelope) -> bytes:
    """The JSON bytes of an event."""
    return envelope.model_dump_json(exclude_none=True).encode()


def headers(envelope: Envelope) -> dict[str, str]:
    """CloudEvents 1.0 attributes (Kafka binding, binary mode) plus the W3C trace context."""
    found = {
        "ce_specversion": "1.0",
        "ce_id": str(envelope.event_id),
        "ce_source": SOURCE,
        "ce_type": f"{envelope.type}.v{envelope.version}",
        "ce_time": envelope.occurred_at.isoformat(),
        "content-type": "application/json",
    }
    if envelope.traceparent:
        found["traceparent"] = envelope.traceparent
    return found


def _summary(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, p['loc'])) or 'event'}: {p['msg']}" for p in problems[:5])
