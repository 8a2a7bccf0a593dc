"""From rows and events to what the API answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any
from uuid import UUID

from nitka.api import conversations as api
from nitka.conversation.api.safe_html import sanitise
from nitka.conversation.domain import events as e
from nitka.conversation.domain import fold
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.mapping import Recorded
from nitka.events import Channel, ContactKind, ContactPoint, DeliveryState

_GONE = ContactPoint(kind=ContactKind.EMAIL, value="erased")
_SHOWN = {DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNCONFIRMED}
INLINE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Picture types that may be shown inside a message; an SVG may hold a script, so it is none of them."""


def summary(row: Mapping[str, Any]) -> api.ConversationSummary:
    """A row of the list."""
    fields = set(api.ConversationSummary.model_fields) - {"contact", "sequence"}
    return api.ConversationSummary(
        **{name: row[name] for name in fields}, contact=contact(row, "contact_"), sequence=row["version"]
    )


def contact(row: Mapping[str, Any] | None, prefix: str = "") -> ContactPoint:
    """A contact point; a placeholder where it was erased."""
    if row is None or row[f"{prefix}value"] is None:
        return _GONE
    return ContactPoint(kind=row[f"{prefix}kind"], value=row[f"{prefix}value"], name=row[f"{prefix}name"])


def timeline(
    row: Mapping[str, Any],
    messages: Sequence[Content],
    history: Sequence[Recorded],
    contacts: Mapping[UUID, Mapping[str, Any]],
    before: datetime | None,
    limit: int,
) -> api.Timeline:
    """The thread: messages and notes of one page, and the system lines that fall into its time."""
    since = messages[0].at if len(messages) >= limit else datetime.min.replace(tzinfo=UTC)
    until = before or datetime.max.replace(tzinfo=UTC)
    lines = [s for r in history if since <= r.event.at < until and (s := _system(r)) is not None]
    items = [*(_message(m, contacts) if m.kind is not Kind.NOTE else _note(m) for m in messages), *lines]
    return api.Timeline(
        conversation=summary(row),
        items=tuple(sorted(items, key=lambda i: (i.at, i.sequence))),
        before=int(messages[0].at.timestamp() * 1_000_000) if len(messages) >= limit else None,
    )


def is_rated(history: Sequence[Recorded], closing: int) -> bool:
    """Whether this closing of a conversation has been rated."""
    state = fold([r.event for r in history])
    return state is not None and state.rated_closing >= closing


def moment(before: int | None) -> datetime | None:
    """The moment that a page's `before` (microseconds since 1970) names."""
    return datetime.fromtimestamp(before / 1_000_000, UTC) if before is not None else None


def _note(content: Content) -> api.NoteItem:
    return api.NoteItem(
        id=content.id,
        sequence=content.sequence,
        at=content.at,
        agent_id=content.agent_id or "",
        text=content.text,
    )


def _message(content: Content, contacts: Mapping[UUID, Mapping[str, Any]]) -> api.MessageItem:
    paths = {i: f"/api/messages/{content.id}/attachments/{i}" for i in range(len(content.attachments))}
    pictures = {
        a.content_id: f"{paths[i]}?inline=1"
        for i, a in enumerate(content.attachments)
        if a.content_id and a.media_type in INLINE_TYPES
    }
    safe = sanitise(content.html, pictures) if content.html else None
    inbound = content.kind is Kind.INBOUND
    return api.MessageItem(
        id=content.id,
        sequence=content.sequence,
        at=content.at,
        direction=api.Direction.INBOUND if inbound else api.Direction.OUTBOUND,
        channel=Channel(content.channel),
        author=contact(contacts.get(content.contact_id)) if content.contact_id else None,
        agent_id=content.agent_id,
        to=tuple(content.recipients),
        cc=tuple(content.cc),
        subject=content.subject,
        text=content.text,
        html=safe.html if safe else None,
        remote_content_blocked=safe.remote_blocked if safe else False,
        attachments=tuple(
            api.AttachmentView(
                filename=a.filename,
                media_type=a.media_type,
                size=a.size,
                inline=a.inline and a.content_id in pictures,
                url=paths[i],
            )
            for i, a in enumerate(content.attachments)
        ),
        truncated=content.truncated,
        automatic=content.automatic,
        delivery=DeliveryState(content.delivery) if content.delivery else None,
        delivery_reason=content.delivery_reason,
        raw_url=f"/api/messages/{content.id}/raw" if content.raw_blob else None,
    )


def _system(recorded: Recorded) -> api.SystemItem | None:
    event = recorded.event
    told = _line(event)
    if told is None:
        return None
    kind, data = told
    return api.SystemItem(
        sequence=recorded.version,
        at=event.at,
        type=kind,
        actor_kind=event.actor.kind.value,
        actor_id=event.actor.id if event.actor.kind.value == "agent" else None,
        data=data,
    )


Line = tuple[str, dict[str, str | int | None]]


@singledispatch
def _line(event: e.DomainEvent) -> Line | None:
    """The system line of an event: its type and facts; None for events that show as messages or not at all."""
    return None


@_line.register
def _(event: e.Assigned) -> Line:
    return "assigned", {"assignee": event.assignee, "previous": event.previous, "reason": event.reason.value}


@_line.register
def _(event: e.LabelAdded) -> Line:
    return "label_added", {"label": event.label}


@_line.register
def _(event: e.LabelRemoved) -> Line:
    return "label_removed", {"label": event.label}


@_line.register
def _(event: e.Closed) -> Line:
    return "closed", {}


@_line.register
def _(event: e.Reopened) -> Line:
    return "reopened", {"previous": event.previous.value, "reason": event.reason.value}


@_line.register
def _(event: e.Snoozed) -> Line:
    return "snoozed", {"until": event.until.isoformat()}


@_line.register
def _(event: e.Archived) -> Line:
    return "archived", {}


@_line.register
def _(event: e.Rated) -> Line:
    return "rated", {"score": event.score}


@_line.register
def _(event: e.MergedInto) -> Line:
    return "merged", {"into": str(event.conversation_id)}


@_line.register
def _(event: e.Absorbed) -> Line:
    return "absorbed", {"absorbed": str(event.conversation_id)}


@_line.register
def _(event: e.DeliveryChanged) -> Line | None:
    if event.state not in _SHOWN:
        return None
    return "delivery_changed", {"state": event.state.value, "message_id": str(event.message_id)}
