"""What agents do with a conversation: who has it, its labels, its status, its rating."""

from __future__ import annotations

from datetime import datetime

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.domain.decide.dispatch import decision
from nitka.conversation.domain.decide.table import OPEN, SNOOZED, Refused
from nitka.conversation.domain.state import Conversation, Owed
from nitka.events import Actor
from nitka.events.conversation import ReopenReason


@decision.register
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


@decision.register
def _(command: c.Follow, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = command.agent_id in state.followers
    return [] if known else [e.FollowerAdded(at=now, actor=actor, agent_id=command.agent_id)]


@decision.register
def _(command: c.Unfollow, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = command.agent_id in state.followers
    return [e.FollowerRemoved(at=now, actor=actor, agent_id=command.agent_id)] if known else []


@decision.register
def _(command: c.AddParticipant, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = command.contact_id in state.participants
    return [] if known else [e.ParticipantAdded(at=now, actor=actor, contact_id=command.contact_id)]


@decision.register
def _(command: c.RemoveParticipant, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = command.contact_id in state.participants
    return [e.ParticipantRemoved(at=now, actor=actor, contact_id=command.contact_id)] if known else []


@decision.register
def _(command: c.SetPriority, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.priority is command.priority:
        return []
    return [e.PriorityChanged(at=now, actor=actor, priority=command.priority, previous=state.priority)]


@decision.register
def _(command: c.SetQueue, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.queue == command.queue:
        return []
    return [e.QueueChanged(at=now, actor=actor, queue=command.queue, previous=state.queue)]


@decision.register
def _(command: c.AddLabel, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [] if command.label in state.labels else [e.LabelAdded(at=now, actor=actor, label=command.label)]


@decision.register
def _(command: c.RemoveLabel, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.LabelRemoved(at=now, actor=actor, label=command.label)] if command.label in state.labels else []


@decision.register
def _(command: c.Close, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.Closed(at=now, actor=actor)]


@decision.register
def _(command: c.Reopen, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """We owe something from now on, unless the agent only takes back what they did, or wakes what is asleep."""
    reopened = e.Reopened(at=now, actor=actor, previous=state.status, reason=ReopenReason.MANUAL)
    before = state.owed if state.status is SNOOZED else _undone(state) if command.undo else None
    return [reopened.model_copy(update={"as_before": True, **dict(before)}) if before else reopened]


def _undone(state: Conversation) -> Owed | None:
    """What the closing ended and nothing has ended since; None where a message of ours was lost meanwhile."""
    if state.done is None or state.lost:
        return None
    lost = frozenset(m for m in state.done.lost if state.is_missed(m))
    waiting_since = state.done.waiting_since or state.waiting_since
    return Owed(waiting_since=waiting_since, lost_since=state.done.lost_since if lost else None, lost=lost)


@decision.register
def _(command: c.Snooze, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if command.until <= now:
        raise Refused("snooze_in_the_past", "The time to wake up must lie ahead.")
    return [] if state.snoozed_until == command.until else [e.Snoozed(at=now, actor=actor, until=command.until)]


@decision.register
def _(command: c.EndSnooze, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.snoozed_until is None or state.snoozed_until > now:
        return []
    ended = e.Reopened(
        at=now,
        actor=actor,
        previous=state.status,
        reason=ReopenReason.SNOOZE_ENDED,
        woken_for=state.assignee or state.snoozed_by,
    )
    return [ended]


@decision.register
def _(command: c.Archive, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.Archived(at=now, actor=actor)]


@decision.register
def _(command: c.RequestRating, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """Once per closing, and only where a person wrote to us and somebody of ours has answered."""
    if not state.replied or not state.inbound or state.asked_closing >= state.closings:
        return []
    return [e.RatingRequested(at=now, actor=actor, message_id=command.message_id, closing=state.closings)]


@decision.register
def _(command: c.Rate, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if command.closing > state.closings:
        raise Refused("not_closed", "The conversation has not been closed yet.")
    if command.closing <= state.rated_closing:
        raise Refused("already_rated", "This conversation has been rated already.")
    rated = e.Rated(
        at=now,
        actor=actor,
        score=command.score,
        comment_id=command.comment_id,
        # A state from before closings were remembered knows of none.
        agent_id=state.closed_by.get(command.closing, state.assignee),
        closing=command.closing,
    )
    return [rated]


@decision.register
def _(command: c.AbsorbRating, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [e.RatingAbsorbed(at=now, actor=actor, conversation_id=command.conversation_id, score=command.score)]


@decision.register
def _(command: c.LinkCustomer, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.customer_id == command.customer_id:
        return []
    return [e.CustomerLinked(at=now, actor=actor, customer_id=command.customer_id)]
