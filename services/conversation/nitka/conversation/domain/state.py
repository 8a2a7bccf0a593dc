"""The state of one conversation and how an event changes it."""

from __future__ import annotations

from datetime import datetime
from functools import reduce, singledispatch
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nitka.conversation.domain import events as e
from nitka.events import Channel, ConversationStatus, DeliveryState
from nitka.events.conversation import ReopenReason


class Conversation(BaseModel):
    """Everything that a decision needs. `version` is the number of events so far.

    `waiting_since`: since when the customer waits for us, None when we owe nothing. `closings` and
    `rated_closing` count closings, so that each one can be rated once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    number: int
    channel: Channel
    account: str
    status: ConversationStatus
    automatic: bool
    opened_at: datetime
    contacts: frozenset[UUID]
    messages: tuple[UUID, ...] = ()
    deliveries: dict[UUID, tuple[DeliveryState, int]] = {}
    assignee: str | None = None
    labels: frozenset[str] = frozenset()
    waiting_since: datetime | None = None
    snoozed_until: datetime | None = None
    replied: bool = False
    touched: bool = False
    closings: int = 0
    rated_closing: int = 0
    rating: int | None = None
    customer_id: UUID | None = None
    merged_into: UUID | None = None

    def _with(self, **changes: Any) -> Conversation:
        return self.model_copy(update={**changes, "version": self.version + 1})


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
    return state._with(
        contacts=state.contacts | {event.contact_id},
        messages=(*state.messages, event.message_id),
        waiting_since=event.at if waits else state.waiting_since,
        automatic=state.automatic and event.automatic is not None,
    )


@_apply.register
def _(event: e.Replied, state: Conversation) -> Conversation:
    return state._with(
        messages=(*state.messages, event.message_id),
        deliveries={**state.deliveries, event.message_id: (DeliveryState.QUEUED, 1)},
        waiting_since=None,
        replied=True,
        touched=True,
    )


@_apply.register
def _(event: e.NoteAdded, state: Conversation) -> Conversation:
    return state._with(touched=True)


@_apply.register
def _(event: e.DeliveryChanged, state: Conversation) -> Conversation:
    return state._with(deliveries={**state.deliveries, event.message_id: (event.state, event.attempt)})


@_apply.register
def _(event: e.Assigned, state: Conversation) -> Conversation:
    return state._with(assignee=event.assignee, touched=True)


@_apply.register
def _(event: e.LabelAdded, state: Conversation) -> Conversation:
    return state._with(labels=state.labels | {event.label})


@_apply.register
def _(event: e.LabelRemoved, state: Conversation) -> Conversation:
    return state._with(labels=state.labels - {event.label})


@_apply.register
def _(event: e.Closed, state: Conversation) -> Conversation:
    return state._with(
        status=ConversationStatus.CLOSED,
        closings=state.closings + 1,
        waiting_since=None,
        snoozed_until=None,
        touched=True,
    )


@_apply.register
def _(event: e.Reopened, state: Conversation) -> Conversation:
    """An agent who reopens, or a snooze that ends, means that we owe something again from now on."""
    ours = event.reason is not ReopenReason.CUSTOMER_MESSAGE
    return state._with(
        status=ConversationStatus.OPEN,
        snoozed_until=None,
        waiting_since=(state.waiting_since or event.at) if ours else state.waiting_since,
    )


@_apply.register
def _(event: e.Snoozed, state: Conversation) -> Conversation:
    return state._with(status=ConversationStatus.SNOOZED, snoozed_until=event.until, touched=True)


@_apply.register
def _(event: e.Archived, state: Conversation) -> Conversation:
    return state._with(status=ConversationStatus.ARCHIVED, snoozed_until=None, waiting_since=None)


@_apply.register
def _(event: e.Rated, state: Conversation) -> Conversation:
    return state._with(rating=event.score, rated_closing=state.closings)


@_apply.register
def _(event: e.CustomerLinked, state: Conversation) -> Conversation:
    return state._with(customer_id=event.customer_id)


@_apply.register
def _(event: e.MergedInto, state: Conversation) -> Conversation:
    return state._with(merged_into=event.conversation_id, messages=())


@_apply.register
def _(event: e.Absorbed, state: Conversation) -> Conversation:
    return state._with(messages=(*state.messages, *event.message_ids))
