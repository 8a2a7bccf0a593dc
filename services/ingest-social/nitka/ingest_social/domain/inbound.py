"""WhatsApp's webhook payload → our contracts. Never raises, whatever comes in.

A payload nests entries, changes, messages and statuses. What we understand becomes an event; of everything else
the place is reported (`Reading.unknown`), so that the caller can keep the raw payload and say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from nitka.events import (
    Actor,
    ActorKind,
    Automatic,
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
    Envelope,
    MessageReceipt,
    MessageReceived,
    RatingReceived,
    ThreadRefs,
    derived_id,
    envelope,
)
from nitka.ingest_social.domain import text
from nitka.ingest_social.domain.rating import chosen
from nitka.ingest_social.domain.tracker import Tracker

Json: TypeAlias = dict[str, Any]

TEXT_CAP = 100_000
"""Characters of a message that are kept; WhatsApp's own limit is far below."""

_OBJECT = "whatsapp_business_account"
_CONTENT, _FRAME = {"messages", "statuses"}, {"messaging_product", "metadata", "contacts"}
_ID, _PHONE = re.compile(r"[\x21-\x7e]{1,500}"), re.compile(r"[1-9]\d{4,18}")
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "played": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Keyed:
    """An event and its record key."""

    key: str
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payload holds. `unknown` names the places that we do not understand, without their content."""

    messages: tuple[Keyed, ...] = ()
    receipts: tuple[Keyed, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What every event of a payload shares. `blob` is the raw payload's key."""

    now: datetime
    blob: str | None = None
    traceparent: str | None = None


def read(body: bytes, context: Context) -> Reading:
    """Normalise one webhook payload."""
    payload = _loads(body)
    if not isinstance(payload, dict) or payload.get("object") != _OBJECT:
        return Reading(unknown=("payload",))
    messages: list[Keyed] = []
    receipts: list[Keyed] = []
    unknown: list[str] = []
    for field, value in _changes(payload, unknown):
        account = text.line(text.path(value, "metadata", "phone_number_id"))
        understood = field == "messages" and _ID.fullmatch(account) and value.keys() & _CONTENT
        if understood:
            for message in _dicts(value.get("messages")):
                event = _message(account, value, message, context)
                _sort(event, messages, unknown, "message")
            for status in _dicts(value.get("statuses")):
                event = _receipt(account, status, context)
                _sort(event, receipts, unknown, "status")
        if not understood or value.keys() - _CONTENT - _FRAME:
            unknown.append(text.word(field) or "change")
    return Reading(tuple(messages), tuple(receipts), tuple(unknown))


def _loads(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _changes(payload: Json, unknown: list[str]) -> Iterator[tuple[str, Json]]:
    """(field, value) of every change; entries without any are unknown."""
    for entry in _dicts(payload.get("entry")) or [{}]:
        changes = _dicts(entry.get("changes"))
        if not changes:
            unknown.append("entry")
        for change in changes:
            value = change.get("value")
            yield text.line(change.get("field")), value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Json]:
    """The objects of a list. What is no object becomes an empty one, so that it is noticed as unknown."""
    if value is None:
        return []
    return [v if isinstance(v, dict) else {} for v in value] if isinstance(value, list) else [{}]


def _sort(event: Keyed | None, known: list[Keyed], unknown: list[str], place: str) -> None:
    if event is None:
        unknown.append(place)
    else:
        known.append(event)


def _message(account: str, value: Json, message: Json, context: Context) -> Keyed | None:
    """One message, or a rating that was chosen; None when it lacks what identifies it or its sender."""
    external_id = text.line(message.get("id"))
    sender = _sender(value, message)
    if sender is None or not _ID.fullmatch(external_id):
        return None
    quoted = text.line(text.path(message, "context", "id"))
    thread = ThreadRefs(
        external_thread=sender.value,
        message_id=external_id,
        in_reply_to=(quoted,) if _ID.fullmatch(quoted) else (),
    )
    choice = chosen(message)
    payload = (
        RatingReceived(
            channel=Channel.WHATSAPP,
            account=account,
            external_id=external_id,
            thread=thread,
            sender=sender,
            token=choice.token,
            score=choice.score,
        )
        if choice
        else _received(account, value, message, sender, thread, context)
    )
    event = envelope(
        payload,
        event_id=derived_id("whatsapp", account, external_id),
        actor=Actor(kind=ActorKind.CUSTOMER, id=sender.key),
        occurred_at=_moment(message.get("timestamp"), context.now),
        recorded_at=context.now,
        traceparent=context.traceparent,
    )
    return Keyed(f"{account}|{sender.value}", event)


def _received(
    account: str, value: Json, message: Json, sender: ContactPoint, thread: ThreadRefs, context: Context
) -> MessageReceived:
    whole = text.of_message(message)
    return MessageReceived(
        channel=Channel.WHATSAPP,
        account=account,
        external_id=thread.message_id or "",
        thread=thread,
        sender=sender,
        to=_our_number(value),
        text=whole[:TEXT_CAP],
        truncated=len(whole) > TEXT_CAP,
        raw_blob=context.blob,
        # A notice of WhatsApp itself ("… changed to a new number"): nobody waits for an answer.
        automatic=Automatic.AUTO_REPLY if message.get("type") == "system" else None,
    )


def _sender(value: Json, message: Json) -> ContactPoint | None:
    """The customer: by phone number, or by WhatsApp's own user id when the person hides the number."""
    number, user = text.line(message.get("from")), text.line(message.get("from_user_id"))
    profile = next(
        (
            c
            for c in _dicts(value.get("contacts"))
            if (number and text.line(c.get("wa_id")) == number) or (user and text.line(c.get("user_id")) == user)
        ),
        {},
    )
    name = text.line(text.path(profile, "profile", "name"))[:200] or None
    if _PHONE.fullmatch(number):
        return ContactPoint(kind=ContactKind.PHONE, value=f"+{number}", name=name)
    identity = user or text.line(profile.get("user_id")) or number
    if _ID.fullmatch(identity) and len(identity) <= 320:
        return ContactPoint(kind=ContactKind.CHAT, value=identity, name=name)
    return None


def _our_number(value: Json) -> tuple[ContactPoint, ...]:
    digits = re.sub(r"[\s()+-]", "", text.line(text.path(value, "metadata", "display_phone_number")))
    return (ContactPoint(kind=ContactKind.PHONE, value=f"+{digits}"),) if _PHONE.fullmatch(digits) else ()


def _receipt(account: str, status: Json, context: Context) -> Keyed | None:
    """What became of a message of ours; None for a state or shape that we do not know."""
    provider_id, word = text.line(status.get("id")), text.line(status.get("status"))
    if word not in _STATES or not _ID.fullmatch(provider_id):
        return None
    tracked = Tracker.parse(text.line(status.get("biz_opaque_callback_data")))
    recipient = text.line(status.get("recipient_id"))
    payload = MessageReceipt(
        conversation_id=tracked.conversation_id if tracked else None,
        message_id=tracked.message_id if tracked else None,
        attempt=tracked.attempt if tracked else 1,
        channel=Channel.WHATSAPP,
        account=account,
        state=_STATES[word],
        provider_id=provider_id,
        recipient=f"+{recipient}" if _PHONE.fullmatch(recipient) else None,
        reason=text.of_error(next(iter(_dicts(status.get("errors"))), {})),
    )
    event = envelope(
        payload,
        event_id=derived_id("whatsapp-status", account, provider_id, recipient, word),
        actor=Actor(kind=ActorKind.SYSTEM),
        occurred_at=_moment(status.get("timestamp"), context.now),
        recorded_at=context.now,
        traceparent=context.traceparent,
    )
    return Keyed(str(tracked.conversation_id) if tracked else provider_id, event)


def _moment(value: Any, now: datetime) -> datetime:
    """A Unix time in seconds, as text or number; `now` for anything else."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
