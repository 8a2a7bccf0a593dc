"""How an event changes the state of a conversation."""

from __future__ import annotations

from functools import reduce, singledispatch
from typing import Any
from uuid import UUID

from nitka.conversation.domain import events as e
from nitka.conversation.domain.state import Conversation, Held, Owed
from nitka.events import UNDELIVERED, ActorKind, ConversationStatus, DeliveryState
from nitka.events.conversation import ReopenReason


def evolve(state: Conversation | None, event: e.DomainEvent) -> Conversation:
    """The state after an event. The first event of a conversation is always `Opened`."""
    if isinstance(event, e.Opened):
        return Conversation(
            number=event.number,
            channel=event.channel,
            account=event.account,
            status=event.status,
            automatic=event.automatic is not None,
            opened_at=event.at,
            contacts=frozenset({event.contact_id}),
            split_from=frozenset({event.split_from} if event.split_from else ()),
            begun_by_us=event.actor.kind is ActorKind.AGENT and event.split_from is None,
        )
    if state is None:
        raise ValueError(f"{type(event).__name__} before Opened")
    return _apply(event, state)


def fold(history: list[e.DomainEvent]) -> Conversation | None:
    """The state after a whole history; None for an empty one."""
    return reduce(evolve, history, None)


@singledispatch
def _apply(event: e.DomainEvent, _: Conversation) -> Conversation:
    raise ValueError(f"no rule for {type(event).__name__}")


@_apply.register
def _(event: e.MessageReceived, state: Conversation) -> Conversation:
    waits = event.automatic is None and state.waiting_since is None
    return state.after(
        contacts=state.contacts | {event.contact_id},
        messages=(*state.messages, event.message_id),
        waiting_since=event.at if waits else state.waiting_since,
        automatic=state.automatic and event.automatic is not None,
        inbound=state.version + 1 if event.automatic is None else state.inbound,
        inbound_at=event.at if event.automatic is None else state.inbound_at,
    )


@_apply.register
def _(event: e.Replied, state: Conversation) -> Conversation:
    return state.after(
        messages=(*state.messages, event.message_id),
        deliveries=_queued(state, event.message_id),
        held=_without(state.held, event.message_id),
        waiting_since=event.waiting_since,
        replied=state.replied or event.first_response or state.begun_by_us,
        answered_by=event.actor.id,
        lost=frozenset(),
        done=state.done and Owed(waiting_since=event.waiting_since),
        touched=True,
    )


def _queued(state: Conversation, message_id: UUID) -> dict[UUID, tuple[DeliveryState, int]]:
    return {**state.deliveries, message_id: (DeliveryState.QUEUED, 1)}


def _without(held: dict[UUID, Held], message_id: UUID) -> dict[UUID, Held]:
    return {other: kept for other, kept in held.items() if other != message_id}


@_apply.register
def _(event: e.ReplyScheduled, state: Conversation) -> Conversation:
    held = Held(
        agent_id=event.actor.id or "",
        send_at=event.send_at,
        then=event.then,
        snooze_until=event.snooze_until,
        seen=state.version if event.seen is None else event.seen,
        original_id=event.original_id,
        mode=event.mode,
    )
    return state.after(held={**state.held, event.message_id: held}, touched=True)


@_apply.register
def _(event: e.ReplyWithdrawn, state: Conversation) -> Conversation:
    return state.after(held=_without(state.held, event.message_id))


@_apply.register
def _(event: e.Forwarded, state: Conversation) -> Conversation:
    return state.after(
        messages=(*state.messages, event.message_id),
        deliveries=_queued(state, event.message_id),
        held=_without(state.held, event.message_id),
        touched=True,
    )


@_apply.register
def _(event: e.AutoReplied, state: Conversation) -> Conversation:
    return state.after(
        messages=(*state.messages, event.message_id),
        deliveries=_queued(state, event.message_id),
        auto_replied_at=event.at,
    )


@_apply.register
def _(event: e.NoteAdded, state: Conversation) -> Conversation:
    called = frozenset(event.mentions) - {event.actor.id}
    return state.after(mentioned=state.mentioned | called, touched=True)


@_apply.register
def _(event: e.DeliveryChanged, state: Conversation) -> Conversation:
    refused = state.refused.get(event.message_id, frozenset())
    news = _news(event, state)
    if event.partial and event.recipient_id is not None:
        return _missed_by(event.message_id, refused | {event.recipient_id}, news, state)
    deliveries = {**state.deliveries, event.message_id: (event.state, event.attempt)}
    if event.state is not DeliveryState.QUEUED:
        return state.after(deliveries=deliveries, **news)
    only = frozenset(event.only)
    left = refused - only if only else frozenset[UUID]()
    return state.after(
        deliveries=deliveries,
        refused=_some({**state.refused, event.message_id: left}),
        retried=_some({**state.retried, event.message_id: only}),
    )


def _news(event: e.DeliveryChanged, state: Conversation) -> dict[str, Any]:
    """An agent's message may not have arrived: it is lost until it has, and an answer is owed again."""
    if event.state not in UNDELIVERED:
        arrives = state.arrives(event.message_id, event.state)
        return {"lost": state.lost - {event.message_id}} if arrives else {}
    if event.agent_id is None:
        return {}
    since = state.owed.lost_since
    return {
        "undelivered": state.version + 1,
        "lost": state.lost | {event.message_id},
        "lost_since": since or event.at if state.status is ConversationStatus.OPEN else since,
    }


def _missed_by(
    message_id: UUID, refused: frozenset[UUID], news: dict[str, Any], state: Conversation
) -> Conversation:
    """An attempt that none of those got whom it was for is over; all others have the message."""
    delivery, attempt = state.deliveries.get(message_id, (DeliveryState.QUEUED, 1))
    asked = state.retried.get(message_id, frozenset())
    over = asked and asked <= refused and delivery is DeliveryState.QUEUED
    return state.after(
        refused={**state.refused, message_id: refused},
        deliveries={**state.deliveries, message_id: (DeliveryState.SENT, attempt)} if over else state.deliveries,
        **news,
    )


def _some(recipients: dict[UUID, frozenset[UUID]]) -> dict[UUID, frozenset[UUID]]:
    return {message_id: contacts for message_id, contacts in recipients.items() if contacts}


@_apply.register
def _(event: e.Assigned, state: Conversation) -> Conversation:
    return state.after(assignee=event.assignee, touched=True)


@_apply.register
def _(event: e.FollowerAdded, state: Conversation) -> Conversation:
    return state.after(followers=state.followers | {event.agent_id}, touched=True)


@_apply.register
def _(event: e.FollowerRemoved, state: Conversation) -> Conversation:
    return state.after(followers=state.followers - {event.agent_id})


@_apply.register
def _(event: e.ParticipantAdded, state: Conversation) -> Conversation:
    return state.after(participants=state.participants | {event.contact_id}, touched=True)


@_apply.register
def _(event: e.ParticipantRemoved, state: Conversation) -> Conversation:
    return state.after(participants=state.participants - {event.contact_id})


@_apply.register
def _(event: e.PriorityChanged, state: Conversation) -> Conversation:
    return state.after(priority=event.priority)


@_apply.register
def _(event: e.QueueChanged, state: Conversation) -> Conversation:
    return state.after(queue=event.queue)


@_apply.register
def _(event: e.LabelAdded, state: Conversation) -> Conversation:
    return state.after(labels=state.labels | {event.label})


@_apply.register
def _(event: e.LabelRemoved, state: Conversation) -> Conversation:
    return state.after(labels=state.labels - {event.label})


@_apply.register
def _(event: e.Closed, state: Conversation) -> Conversation:
    agent = event.actor.id if event.actor.kind is ActorKind.AGENT else state.answered_by
    return state.after(
        status=ConversationStatus.CLOSED,
        closings=state.closings + 1,
        closed_by={**state.closed_by, state.closings + 1: agent} if agent else state.closed_by,
        done=state.owed,
        lost=frozenset(),
        waiting_since=None,
        snoozed_until=None,
        snoozed_by=None,
        touched=True,
    )


@_apply.register
def _(event: e.Reopened, state: Conversation) -> Conversation:
    """An agent who reopens, a snooze that ends, an answer that is lost: we owe something again from now on, unless
    it is as it was before."""
    opened = state.after(status=ConversationStatus.OPEN, snoozed_until=None, snoozed_by=None, done=None)
    if event.as_before:
        before = {"waiting_since": event.waiting_since, "lost": event.lost, "lost_since": event.lost_since}
        return opened.model_copy(update=before)
    if event.reason in (ReopenReason.CUSTOMER_MESSAGE, ReopenReason.MERGED):
        return opened
    if event.reason is ReopenReason.DELIVERY_FAILED:
        return opened.model_copy(update={"lost_since": state.lost_since or event.at})
    return opened.model_copy(update={"waiting_since": state.waiting_since or event.at})


@_apply.register
def _(event: e.Snoozed, state: Conversation) -> Conversation:
    agent = event.actor.id if event.actor.kind is ActorKind.AGENT else None
    return state.after(
        status=ConversationStatus.SNOOZED, snoozed_until=event.until, snoozed_by=agent, touched=True
    )


@_apply.register
def _(event: e.Archived, state: Conversation) -> Conversation:
    return state.after(
        status=ConversationStatus.ARCHIVED,
        done=state.owed,
        lost=frozenset(),
        snoozed_until=None,
        snoozed_by=None,
        waiting_since=None,
    )


@_apply.register
def _(event: e.RatingRequested, state: Conversation) -> Conversation:
    own = event.message_id not in state.messages
    return state.after(
        messages=(*state.messages, event.message_id) if own else state.messages,
        deliveries=_queued(state, event.message_id) if own else state.deliveries,
        asked_closing=event.closing,
    )


@_apply.register
def _(event: e.Rated, state: Conversation) -> Conversation:
    return state.after(rating=event.score, rated_closing=event.closing or state.closings)


@_apply.register
def _(event: e.RatingAbsorbed, state: Conversation) -> Conversation:
    return state.after(rating=event.score)


@_apply.register
def _(event: e.CustomerLinked, state: Conversation) -> Conversation:
    return state.after(customer_id=event.customer_id)


@_apply.register
def _(event: e.MergedInto, state: Conversation) -> Conversation:
    return state.after(merged_into=event.conversation_id, messages=(), lost=frozenset())


@_apply.register
def _(event: e.Absorbed, state: Conversation) -> Conversation:
    """An agent who joins conversations, or parts them, has worked in what comes of it."""
    waits = e.earliest(event.waiting_since, event.lost_since)
    auto_replied = [at for at in (state.auto_replied_at, event.auto_replied_at) if at]
    return state.after(
        messages=(*state.messages, *event.message_ids),
        contacts=state.contacts | event.contacts,
        deliveries={**state.deliveries, **event.deliveries},
        refused={**state.refused, **event.refused},
        retried={**state.retried, **event.retried},
        lost=state.lost | event.lost,
        lost_since=e.earliest(state.owed.lost_since, event.lost_since),
        waiting_since=e.earliest(state.waiting_since, event.waiting_since),
        replied=state.replied or event.replied,
        automatic=state.automatic and event.automatic,
        auto_replied_at=max(auto_replied) if auto_replied else None,
        split_from=state.split_from | event.split_from,
        numbers=state.numbers | event.numbers,
        inbound=state.version + 1 if waits else state.inbound or int(event.inbound),
        inbound_at=waits or state.inbound_at,
        mentioned=state.mentioned | event.mentioned,
        touched=state.touched or event.actor.kind is ActorKind.AGENT,
    )


@_apply.register
def _(event: e.SplitOff, state: Conversation) -> Conversation:
    gone = frozenset(event.message_ids)
    return state.after(
        messages=tuple(m for m in state.messages if m not in gone),
        deliveries={m: known for m, known in state.deliveries.items() if m not in gone},
        refused={m: contacts for m, contacts in state.refused.items() if m not in gone},
        retried={m: contacts for m, contacts in state.retried.items() if m not in gone},
        lost=state.lost - gone,
        lost_since=event.lost_since,
        contacts=event.contacts,
        waiting_since=event.waiting_since,
        touched=True,
    )
