"""Two conversations that are one, and one that is two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.domain.decide.dispatch import decision
from nitka.conversation.domain.decide.table import ARCHIVED, OPEN, Refused
from nitka.conversation.domain.state import Conversation
from nitka.events import Actor
from nitka.events.conversation import AssignReason, Priority, ReopenReason

_URGENCY = tuple(Priority)


@decision.register
def _(command: c.MergeInto, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.held:
        raise Refused("reply_held", "An answer is about to leave here. Wait for it, or take it back, then merge.")
    merged = e.MergedInto(at=now, actor=actor, conversation_id=command.conversation_id)
    return [merged] if state.status is ARCHIVED else [merged, e.Archived(at=now, actor=actor)]


@decision.register
def _(command: c.Absorb, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """What people put on the other one comes along; a customer who waits there waits here."""
    found: list[e.DomainEvent] = [_absorbed(command, actor, now)]
    new_labels = sorted(command.labels - state.labels)
    found += [e.LabelAdded(at=now, actor=actor, label=label) for label in new_labels]
    new_followers = sorted(command.followers - state.followers)
    found += [e.FollowerAdded(at=now, actor=actor, agent_id=agent) for agent in new_followers]
    new_participants = sorted(command.participants - state.participants)
    found += [e.ParticipantAdded(at=now, actor=actor, contact_id=contact) for contact in new_participants]
    found += _taken_over(command, state, actor, now)
    if e.earliest(command.waiting_since, command.lost_since) is not None and state.status is not OPEN:
        found.append(e.Reopened(at=now, actor=actor, previous=state.status, reason=ReopenReason.MERGED))
    return found


def _taken_over(command: c.Absorb, state: Conversation, actor: Actor, now: datetime) -> Iterator[e.DomainEvent]:
    """The more urgent one counts; of what there can be one of only, what is here stays."""
    if _URGENCY.index(command.priority) > _URGENCY.index(state.priority):
        yield e.PriorityChanged(at=now, actor=actor, priority=command.priority, previous=state.priority)
    if state.queue is None and command.queue is not None:
        yield e.QueueChanged(at=now, actor=actor, queue=command.queue)
    if state.assignee is None and command.assignee is not None:
        yield e.Assigned(at=now, actor=actor, assignee=command.assignee, reason=AssignReason.MANUAL)
    if state.customer_id is None and command.customer_id is not None:
        yield e.CustomerLinked(at=now, actor=actor, customer_id=command.customer_id)


def begun(command: c.Absorb, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """A conversation begins with messages of another one, in whose queue it stays."""
    found: list[e.DomainEvent] = [_absorbed(command, actor, now)]
    if command.queue is not None:
        found.append(e.QueueChanged(at=now, actor=actor, queue=command.queue))
    return found


def _absorbed(command: c.Absorb, actor: Actor, now: datetime) -> e.Absorbed:
    """Messages came from another conversation."""
    return e.Absorbed(
        at=now,
        actor=actor,
        conversation_id=command.conversation_id,
        message_ids=command.message_ids,
        contacts=command.contacts,
        deliveries=dict(command.deliveries),
        refused=dict(command.refused),
        retried=dict(command.retried),
        lost=command.lost,
        waiting_since=command.waiting_since,
        lost_since=command.lost_since,
        replied=command.replied,
        inbound=command.inbound,
        automatic=command.automatic,
        auto_replied_at=command.auto_replied_at,
        split_from=command.split_from,
        numbers=command.numbers,
        mentioned=command.mentioned,
    )


@decision.register
def _(command: c.Split, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    gone = set(command.message_ids)
    if not gone or not gone <= set(state.messages):
        raise Refused("not_found", "Some of these messages are not in this conversation.")
    if gone == set(state.messages):
        raise Refused("nothing_left", "At least one message must stay.")
    split = e.SplitOff(
        at=now,
        actor=actor,
        into=command.into,
        message_ids=command.message_ids,
        contacts=command.contacts,
        waiting_since=command.waiting_since,
        lost_since=command.lost_since,
    )
    return [split]
