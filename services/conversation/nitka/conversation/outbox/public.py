"""From stored events to public contracts: what leaves on `conversation.events.v1` and `outbound.messages.v1`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from nitka.conversation.domain import events as e
from nitka.conversation.store.content import Content, missed_key
from nitka.conversation.store.mapping import Recorded
from nitka.events import (
    Channel,
    ContactKind,
    ContactPoint,
    Payload,
    conversation,
)

ERASED = ContactPoint(kind=ContactKind.EMAIL, value="erased")
"""Stands for a contact point whose row was erased."""


@dataclass(frozen=True, slots=True)
class Material:
    """Content that a batch of events speaks of, by id, and the shop's time zone, if it has set one."""

    contacts: Mapping[UUID, ContactPoint] = field(default_factory=dict)
    messages: Mapping[UUID, Content] = field(default_factory=dict)
    zone: ZoneInfo | None = None

    def contact(self, contact_id: UUID) -> ContactPoint:
        return self.contacts.get(contact_id, ERASED)


def message_ids(event: e.DomainEvent) -> list[UUID]:
    """The content rows that an event's public form needs."""
    with_message = (
        e.MessageReceived | e.Replied | e.Forwarded | e.AutoReplied | e.RatingRequested | e.DeliveryChanged
    )
    if isinstance(event, with_message):
        return [event.message_id]
    return [event.comment_id] if isinstance(event, e.Rated) and event.comment_id else []


def contact_ids(event: e.DomainEvent) -> list[UUID]:
    """The contact points that an event's public form needs."""
    if isinstance(event, e.DeliveryChanged):
        return [*event.only, *([event.recipient_id] if event.recipient_id else [])]
    with_contact = e.Opened | e.MessageReceived | e.ParticipantAdded | e.ParticipantRemoved
    return [event.contact_id] if isinstance(event, with_contact) else []


def payload(recorded: Recorded, material: Material) -> Payload:
    """What an event tells the world."""
    at = {"conversation_id": recorded.conversation_id, "sequence": recorded.version}
    return _public(recorded.event, at, material)


@singledispatch
def _public(event: e.DomainEvent, at: Mapping[str, Any], material: Material) -> Payload:
    raise TypeError(f"{type(event).__name__} has no public form")


@_public.register
def _(event: e.Opened, at: Mapping[str, Any], material: Material) -> Payload:
    return conversation.ConversationOpened(
        **at,
        number=event.number,
        channel=event.channel,
        account=event.account,
        contact=material.contact(event.contact_id),
        status=event.status,
        automatic=event.automatic,
        split_from=event.split_from,
    )


@_public.register
def _(event: e.Rated, at: Mapping[str, Any], material: Material) -> Payload:
    comment = material.messages.get(event.comment_id) if event.comment_id else None
    return conversation.Rated(**at, score=event.score, comment=comment and comment.text, agent_id=event.agent_id)


@_public.register
def _(event: e.RatingAbsorbed, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.RatingAbsorbed(**at, absorbed=event.conversation_id, score=event.score)


@_public.register
def _(event: e.NoteAdded, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.NoteAdded(
        **at, message_id=event.message_id, agent_id=event.actor.id or "", mentions=event.mentions
    )


@_public.register
def _(event: e.ReplyScheduled, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.ReplyScheduled(
        **at, message_id=event.message_id, agent_id=event.actor.id or "", send_at=event.send_at, mode=event.mode
    )


@_public.register
def _(event: e.ReplyWithdrawn, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.ReplyWithdrawn(**at, message_id=event.message_id, agent_id=event.actor.id or "")


@_public.register
def _(event: e.Forwarded, at: Mapping[str, Any], material: Material) -> Payload:
    content = material.messages.get(event.message_id)
    return conversation.Forwarded(
        **at,
        message_id=event.message_id,
        original_id=event.original_id,
        mode=event.mode,
        agent_id=event.actor.id or "",
        to=tuple(content.recipients) if content else (),
    )


@_public.register
def _(event: e.AutoReplied, at: Mapping[str, Any], material: Material) -> Payload:
    content = material.messages.get(event.message_id)
    return conversation.AutoReplied(
        **at,
        **_said(content),
        message_id=event.message_id,
        rule_id=event.rule_id,
        to=tuple(content.recipients) if content else (),
    )


@_public.register
def _(event: e.FollowerAdded, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.FollowerAdded(**at, agent_id=event.agent_id)


@_public.register
def _(event: e.FollowerRemoved, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.FollowerRemoved(**at, agent_id=event.agent_id)


@_public.register
def _(event: e.ParticipantAdded, at: Mapping[str, Any], material: Material) -> Payload:
    return conversation.ParticipantAdded(**at, contact=material.contact(event.contact_id))


@_public.register
def _(event: e.ParticipantRemoved, at: Mapping[str, Any], material: Material) -> Payload:
    return conversation.ParticipantRemoved(**at, contact=material.contact(event.contact_id))


@_public.register
def _(event: e.PriorityChanged, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.PriorityChanged(**at, priority=event.priority, previous=event.previous)


@_public.register
def _(event: e.QueueChanged, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.QueueChanged(**at, queue=event.queue, previous=event.previous)


@_public.register
def _(event: e.RatingRequested, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.RatingRequested(**at, message_id=event.message_id)


@_public.register
def _(event: e.SplitOff, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.SplitOff(
        **at,
        into=event.into,
        message_ids=event.message_ids,
        waiting_since=e.earliest(event.waiting_since, event.lost_since),
    )


@_public.register
def _(event: e.Assigned, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.Assigned(**at, assignee=event.assignee, previous=event.previous, reason=event.reason)


@_public.register
def _(event: e.LabelAdded, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.LabelAdded(**at, label=event.label)


@_public.register
def _(event: e.LabelRemoved, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.LabelRemoved(**at, label=event.label)


@_public.register
def _(event: e.Closed, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.Closed(**at)


@_public.register
def _(event: e.Reopened, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.Reopened(
        **at,
        previous=event.previous,
        reason=event.reason,
        as_before=event.as_before,
        waiting_since=e.earliest(event.waiting_since, event.lost_since),
        woken_for=event.woken_for,
    )


@_public.register
def _(event: e.Snoozed, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.Snoozed(**at, until=event.until)


@_public.register
def _(event: e.Archived, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.Archived(**at)


@_public.register
def _(event: e.CustomerLinked, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.CustomerLinked(**at, customer_id=event.customer_id)


@_public.register
def _(event: e.MergedInto, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.MergedInto(**at, into=event.conversation_id)


@_public.register
def _(event: e.Absorbed, at: Mapping[str, Any], _: Material) -> Payload:
    return conversation.Absorbed(
        **at,
        absorbed=event.conversation_id,
        message_ids=event.message_ids,
        waiting_since=e.earliest(event.waiting_since, event.lost_since),
        replied=event.replied,
    )


@_public.register
def _(event: e.MessageReceived, at: Mapping[str, Any], material: Material) -> Payload:
    content = material.messages.get(event.message_id)
    return conversation.CustomerMessageReceived(
        **at,
        **_said(content),
        message_id=event.message_id,
        sender=material.contact(event.contact_id),
        automatic=event.automatic,
        external_id=(content and content.external_id) or "",
    )


@_public.register
def _(event: e.Replied, at: Mapping[str, Any], material: Material) -> Payload:
    content = material.messages.get(event.message_id)
    return conversation.AgentReplied(
        **at,
        **_said(content),
        message_id=event.message_id,
        agent_id=event.actor.id or "",
        to=tuple(content.recipients) if content else (),
        first_response=event.first_response,
        waiting_since=event.waiting_since,
    )


@_public.register
def _(event: e.DeliveryChanged, at: Mapping[str, Any], material: Material) -> Payload:
    content = material.messages.get(event.message_id)
    return conversation.DeliveryChanged(
        **at,
        message_id=event.message_id,
        state=event.state,
        recipient=material.contacts.get(event.recipient_id) if event.recipient_id else None,
        reason=content and _reason(event, content),
        hard=event.hard,
        agent_id=event.agent_id,
        settled=event.settled,
        waiting_since=event.waiting_since,
    )


def _reason(event: e.DeliveryChanged, content: Content) -> str | None:
    if event.partial:
        return content.missed_reasons.get(missed_key(event.recipient_id, event.attempt))
    return content.delivery_reason


def _said(content: Content | None) -> dict[str, Any]:
    """What a public event tells of a message; empty when its row was erased."""
    if content is None:
        return {"channel": Channel.EMAIL, "account": "", "text": ""}
    return {
        "channel": Channel(content.channel),
        "account": content.account,
        "subject": content.subject,
        "text": content.text[: conversation.TEXT_CAP],
        "text_truncated": len(content.text) > conversation.TEXT_CAP,
        "attachment_count": len(content.attachments),
    }
