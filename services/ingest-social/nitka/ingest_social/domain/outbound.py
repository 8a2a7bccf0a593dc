"""Our message → WhatsApp's request, and its answer → what became of the message."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nitka.events import (
    SYSTEM,
    ContactKind,
    DeliveryState,
    Envelope,
    MessageReceipt,
    MessageRequested,
    derived_id,
    envelope,
)
from nitka.ingest_social.domain import text
from nitka.ingest_social.domain.rating import interactive
from nitka.ingest_social.domain.tracker import Tracker

_THROTTLE_CODES = {4, 80007, 130429, 131056}
"""Errors that say "too fast": https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes"""


class Refused(ValueError):
    """This message cannot go out by WhatsApp; the text says why, for the agent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: SENT with WhatsApp's id, FAILED (certainly not sent) or UNCONFIRMED."""

    state: DeliveryState
    provider_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Throttled:
    """Certainly not sent because we are too fast: the same request may be made again later."""

    reason: str


def request(message: MessageRequested) -> dict[str, Any]:
    """The body for the Cloud API's `messages` endpoint. Raises Refused."""
    if not re.fullmatch(r"\d{1,30}", message.account):
        raise Refused("The inbox is no WhatsApp phone number id.")
    if message.redirect_of is not None:
        raise Refused("A mail cannot be redirected to WhatsApp.")
    if message.attachments:
        raise Refused("Files cannot be sent by WhatsApp yet; send them by another channel.")
    recipient = next((c for c in message.to if c.kind in (ContactKind.PHONE, ContactKind.CHAT)), None)
    if recipient is None:
        raise Refused("The recipient has no phone number.")
    tracker = Tracker(message.conversation_id, message.message_id, message.attempt)
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to" if recipient.kind is ContactKind.PHONE else "recipient": recipient.value,
        **_content(message),
        "biz_opaque_callback_data": str(tracker),
    }


def _content(message: MessageRequested) -> dict[str, Any]:
    if message.rating is not None:
        return {"type": "interactive", "interactive": interactive(message.rating)}
    return {"type": "text", "text": {"preview_url": False, "body": message.text}}


def answer(status: int, body: bytes) -> Outcome | Throttled:
    """What an HTTP answer of the Cloud API means for the message."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if 200 <= status < 300:
        messages = text.path(found, "messages")
        provider_id = text.line(text.path(messages[0], "id")) if isinstance(messages, list) and messages else ""
        if provider_id:
            return Outcome(DeliveryState.SENT, provider_id)
        return Outcome(DeliveryState.UNCONFIRMED, reason="WhatsApp accepted the message without saying its id.")
    error = text.path(found, "error")
    reason = text.of_error(error) or f"WhatsApp answered {status}."
    if status == 429 or text.path(error, "code") in _THROTTLE_CODES:
        return Throttled(reason)
    if status >= 500:
        return Outcome(DeliveryState.UNCONFIRMED, reason=reason)
    return Outcome(DeliveryState.FAILED, reason=reason)


def receipt(cause: Envelope, message: MessageRequested, outcome: Outcome, now: datetime) -> Envelope:
    """The public event of an outcome; the same id for the same outcome of the same attempt."""
    payload = MessageReceipt(
        conversation_id=message.conversation_id,
        message_id=message.message_id,
        channel=message.channel,
        account=message.account,
        state=outcome.state,
        provider_id=outcome.provider_id,
        reason=outcome.reason,
        attempt=message.attempt,
    )
    return envelope(
        payload,
        event_id=derived_id("receipt", str(message.message_id), str(message.attempt), outcome.state.value),
        actor=SYSTEM,
        occurred_at=now,
        recorded_at=now,
        correlation_id=cause.correlation_id,
        causation_id=cause.event_id,
        traceparent=cause.traceparent,
    )
