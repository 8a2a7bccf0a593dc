"""What happened to a conversation as quiet lines of its thread; the client words them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any
from uuid import UUID

from nitka.api import conversations as api
from nitka.conversation.domain import events as e
from nitka.conversation.store.content import missed_key
from nitka.conversation.store.mapping import Recorded
from nitka.events import UNDELIVERED, ActorKind

Reasons = Mapping[UUID, Mapping[str, str]]
"""Why recipients did not get a message, by message (see `missed_key`)."""


FIRST = 2
"""The version of the event by which a conversation gets what it begins with."""


def system_line(
    recorded: Recorded, contacts: Mapping[UUID, Mapping[str, Any]], reasons: Reasons, comments: Mapping[UUID, str]
) -> api.SystemItem | None:
    """The quiet line of an event; None for what shows as a message or not at all. `comments` are the words of
    those who rated, as far as they have not been erased."""
    event = recorded.event
    # What a conversation begins with was split off, which the line of its beginning says.
    told = None if isinstance(event, e.Absorbed) and recorded.version == FIRST else _line(event)
    if told is None:
        return None
    kind, data = told
    if (contact := named_in(event)) is not None:
        data["contact"] = _address(contacts.get(contact))
    if isinstance(event, e.DeliveryChanged) and event.partial:
        key = missed_key(event.recipient_id, event.attempt)
        data["reason"] = reasons.get(event.message_id, {}).get(key)
    if isinstance(event, e.Rated) and event.comment_id is not None and event.comment_id in comments:
        data["comment"] = comments[event.comment_id]
    return api.SystemItem(
        sequence=recorded.version,
        at=event.at,
        type=kind,
        actor_kind=event.actor.kind.value,
        actor_id=event.actor.id if event.actor.kind in (ActorKind.AGENT, ActorKind.RULE) else None,
        data=data,
    )


def named_in(event: e.DomainEvent) -> UUID | None:
    """The contact point that the line of an event names."""
    match event:
        case e.ParticipantAdded() | e.ParticipantRemoved():
            return event.contact_id
        case e.DeliveryChanged(partial=True):
            return event.recipient_id
    return None


def missed_in(event: e.DomainEvent) -> UUID | None:
    """The message that the line of an event says did not reach one of several recipients."""
    return event.message_id if isinstance(event, e.DeliveryChanged) and event.partial else None


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
def _(event: e.Opened) -> Line | None:
    return ("split_from", {"from": str(event.split_from)}) if event.split_from else None


@_line.register
def _(event: e.ReplyWithdrawn) -> Line:
    return "reply_withdrawn", {}


@_line.register
def _(event: e.Forwarded) -> Line:
    return "forwarded", {"mode": event.mode.value, "message_id": str(event.message_id)}


@_line.register
def _(event: e.AutoReplied) -> Line:
    return "auto_replied", {"rule": event.rule_id, "message_id": str(event.message_id)}


@_line.register
def _(event: e.FollowerAdded) -> Line:
    return "follower_added", {"agent": event.agent_id}


@_line.register
def _(event: e.FollowerRemoved) -> Line:
    return "follower_removed", {"agent": event.agent_id}


@_line.register
def _(event: e.ParticipantAdded) -> Line:
    return "participant_added", {}


@_line.register
def _(event: e.ParticipantRemoved) -> Line:
    return "participant_removed", {}


@_line.register
def _(event: e.PriorityChanged) -> Line:
    return "priority_changed", {"priority": event.priority.value, "previous": event.previous.value}


@_line.register
def _(event: e.QueueChanged) -> Line:
    return "queue_changed", {"queue": event.queue, "previous": event.previous}


@_line.register
def _(event: e.RatingRequested) -> Line:
    return "rating_requested", {}


@_line.register
def _(event: e.SplitOff) -> Line:
    return "split_off", {"into": str(event.into), "messages": len(event.message_ids)}


@_line.register
def _(event: e.MergedInto) -> Line:
    return "merged", {"into": str(event.conversation_id)}


@_line.register
def _(event: e.Absorbed) -> Line:
    return "absorbed", {"absorbed": str(event.conversation_id)}


@_line.register
def _(event: e.DeliveryChanged) -> Line | None:
    if event.state not in UNDELIVERED:
        return None
    return "delivery_changed", {"state": event.state.value, "message_id": str(event.message_id)}


TOLD: tuple[type[e.DomainEvent], ...] = tuple(kind for kind in _line.registry if kind is not object)
"""Kinds of events that show as lines."""


def _address(row: Mapping[str, Any] | None) -> str | None:
    return row["value"] if row else None
