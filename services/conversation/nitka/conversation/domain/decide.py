"""What a command leads to: the events, or a refusal with its reason. Pure: time and actor are passed in."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.domain.state import Conversation
from nitka.events import Actor, ConversationStatus, DeliveryState
from nitka.events.conversation import ReopenReason

OPEN, CLOSED = ConversationStatus.OPEN, ConversationStatus.CLOSED
SNOOZED, ARCHIVED = ConversationStatus.SNOOZED, ConversationStatus.ARCHIVED

ALLOWED: dict[type[c.Command], frozenset[ConversationStatus]] = {
    # command        in which status it may be given
    c.Receive: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.Reply: frozenset({OPEN, SNOOZED}),
    c.AddNote: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.RecordDelivery: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.RetryDelivery: frozenset({OPEN, SNOOZED, CLOSED}),
    c.Assign: frozenset({OPEN, SNOOZED}),
    c.AddLabel: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.RemoveLabel: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.Close: frozenset({OPEN, SNOOZED}),
    c.Reopen: frozenset({SNOOZED, CLOSED, ARCHIVED}),
    c.Snooze: frozenset({OPEN, SNOOZED}),
    c.EndSnooze: frozenset({SNOOZED}),
    c.Archive: frozenset({OPEN, SNOOZED, CLOSED}),
    c.Rate: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.LinkCustomer: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.MergeInto: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
    c.Absorb: frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED}),
}

_VERBS = {
    c.Reply: "be answered",
    c.RetryDelivery: "send again",
    c.Assign: "be assigned",
    c.Close: "be closed",
    c.Reopen: "be reopened",
    c.Snooze: "be snoozed",
    c.EndSnooze: "wake up",
    c.Archive: "be archived",
}

_FINAL = {DeliveryState.BOUNCED, DeliveryState.READ}
_RANK = {
    s: rank for rank, s in enumerate(("queued", "unconfirmed", "sent", "delivered", "read", "failed", "bounced"))
}


class Refused(Exception):
    """The command cannot be carried out. `code` is stable, the text is for the agent."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def decide(state: Conversation | None, command: c.Command, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """The events that the command leads to; an empty list when it changes nothing. Raises Refused."""
    if state is None:
        if not isinstance(command, c.Receive):
            raise Refused("not_found", "There is no such conversation.")
        return _open(command, actor, now)
    if state.merged_into is not None and not isinstance(command, c.RecordDelivery):
        raise Refused("merged", "This conversation was merged into another one; go on there.")
    if state.status not in ALLOWED[type(command)]:
        raise _wrong_status(state, command)
    return _decide(command, state, actor, now)


def _wrong_status(state: Conversation, command: c.Command) -> Refused:
    if isinstance(command, c.Reopen):
        return Refused("already_open", "The conversation is open already.")
    status = state.status.value
    verb = _VERBS.get(type(command), "do that")
    hint = " Reopen it first." if status in (CLOSED, ARCHIVED) else ""
    return Refused(f"conversation_{status}", f"The conversation is {status} and cannot {verb}.{hint}")


def _open(command: c.Receive, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    opened = e.Opened(
        at=now,
        actor=actor,
        number=command.number,
        channel=command.channel,
        account=command.account,
        contact_id=command.contact_id,
        # A machine's mail needs no answer: it is kept and can be found, but it joins no queue.
        status=OPEN if command.automatic is None else ARCHIVED,
        automatic=command.automatic,
    )
    return [opened, _received(command, actor, now)]


def _received(command: c.Receive, actor: Actor, now: datetime) -> e.MessageReceived:
    return e.MessageReceived(
        at=now,
        actor=actor,
        message_id=command.message_id,
        contact_id=command.contact_id,
        automatic=command.automatic,
    )


@singledispatch
def _decide(command: c.Command, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    raise TypeError(f"no rule for {type(command).__name__}")


@_decide.register
def _(command: c.Receive, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if command.message_id in state.messages:
        return []
    found: list[e.DomainEvent] = [_received(command, actor, now)]
    if command.automatic is None and state.status is not OPEN:
        reason = ReopenReason.CUSTOMER_MESSAGE
        found.append(e.Reopened(at=now, actor=actor, previous=state.status, reason=reason))
    return found


@_decide.register
def _(command: c.Reply, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    first = not state.replied
    return [e.Replied(at=now, actor=actor, message_id=command.message_id, first_response=first)]


@_decide.register
def _(command: c.AddNote, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.NoteAdded(at=now, actor=actor, message_id=command.message_id)]


@_decide.register
def _(command: c.RecordDelivery, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = state.deliveries.get(command.message_id)
    if known is None:
        return []
    known_state, known_attempt = known
    if command.attempt < known_attempt or known_state in _FINAL:
        return []
    if command.attempt == known_attempt and _RANK[command.state] <= _RANK[known_state]:
        return []
    return [
        e.DeliveryChanged(
            at=now,
            actor=actor,
            message_id=command.message_id,
            state=command.state,
            attempt=command.attempt,
            hard=command.hard,
            recipient_id=command.recipient_id,
        )
    ]


@_decide.register
def _(command: c.RetryDelivery, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = state.deliveries.get(command.message_id)
    if known is None:
        raise Refused("not_found", "There is no such message in this conversation.")
    known_state, attempt = known
    if known_state not in (DeliveryState.FAILED, DeliveryState.UNCONFIRMED, DeliveryState.BOUNCED):
        raise Refused("not_failed", f"The message is {known_state.value}; there is nothing to send again.")
    queued = DeliveryState.QUEUED
    return [
        e.DeliveryChanged(at=now, actor=actor, message_id=command.message_id, state=queued, attempt=attempt + 1)
    ]


@_decide.register
def _(command: c.Assign, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.assignee == command.assignee:
        return []
    if command.only_if_unassigned:
        if state.status is not OPEN:
            raise Refused("not_open", "The conversation is not open any more.")
        if state.assignee is not None:
            raise Refused("already_assigned", "Somebody else has this conversation already.")
    return [
        e.Assigned(at=now, actor=actor, assignee=command.assignee, previous=state.assignee, reason=command.reason)
    ]


@_decide.register
def _(command: c.AddLabel, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [] if command.label in state.labels else [e.LabelAdded(at=now, actor=actor, label=command.label)]


@_decide.register
def _(command: c.RemoveLabel, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.LabelRemoved(at=now, actor=actor, label=command.label)] if command.label in state.labels else []


@_decide.register
def _(command: c.Close, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.Closed(at=now, actor=actor)]


@_decide.register
def _(command: c.Reopen, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.Reopened(at=now, actor=actor, previous=state.status, reason=ReopenReason.MANUAL)]


@_decide.register
def _(command: c.Snooze, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if command.until <= now:
        raise Refused("snooze_in_the_past", "The time to wake up must lie ahead.")
    return [] if state.snoozed_until == command.until else [e.Snoozed(at=now, actor=actor, until=command.until)]


@_decide.register
def _(command: c.EndSnooze, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.snoozed_until is None or state.snoozed_until > now:
        return []
    return [e.Reopened(at=now, actor=actor, previous=state.status, reason=ReopenReason.SNOOZE_ENDED)]


@_decide.register
def _(command: c.Archive, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.Archived(at=now, actor=actor)]


@_decide.register
def _(command: c.Rate, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if command.closing > state.closings:
        raise Refused("not_closed", "The conversation has not been closed yet.")
    if command.closing <= state.rated_closing:
        raise Refused("already_rated", "This conversation has been rated already.")
    return [
        e.Rated(at=now, actor=actor, score=command.score, comment_id=command.comment_id, agent_id=state.assignee)
    ]


@_decide.register
def _(command: c.LinkCustomer, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.customer_id == command.customer_id:
        return []
    return [e.CustomerLinked(at=now, actor=actor, customer_id=command.customer_id)]


@_decide.register
def _(command: c.MergeInto, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    merged = e.MergedInto(at=now, actor=actor, conversation_id=command.conversation_id)
    return [merged] if state.status is ARCHIVED else [merged, e.Archived(at=now, actor=actor)]


@_decide.register
def _(command: c.Absorb, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [
        e.Absorbed(at=now, actor=actor, conversation_id=command.conversation_id, message_ids=command.message_ids)
    ]
