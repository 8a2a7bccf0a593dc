"""Two conversations that are one, and one that is two."""

from __future__ import annotations

from datetime import datetime

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.domain.decide.dispatch import decision
from nitka.conversation.domain.decide.table import ARCHIVED, OPEN, Refused
from nitka.conversation.domain.state import Conversation
from nitka.events import Actor
from nitka.events.conversation import ReopenReason


@decision.register
def _(command: c.MergeInto, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if state.held:
        raise Refused("reply_held", "An answer is about to leave here. Wait for it, or take it back, then merge.")
    merged = e.MergedInto(at=now, actor=actor, conversation_id=command.conversation_id)
    return [merged] if state.status is ARCHIVED else [merged, e.Archived(at=now, actor=actor)]


@decision.register
def _(command: c.Absorb, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """What people put on the other one comes along; a customer who waits there waits here."""
    found: list[e.DomainEvent] = [absorbed(command, actor, now)]
    new_labels = sorted(command.labels - state.labels)
    found += [e.LabelAdded(at=now, actor=actor, label=label) for label in new_labels]
    new_followers = sorted(command.followers - state.followers)
    found += [e.FollowerAdded(at=now, actor=actor, agent_id=agent) for agent in new_followers]
    if command.waiting_since is not None and state.status is not OPEN:
        found.append(e.Reopened(at=now, actor=actor, previous=state.status, reason=ReopenReason.MERGED))
    return found


def absorbed(command: c.Absorb, actor: Actor, now: datetime) -> e.Absorbed:
    """Messages came from another conversation."""
    return e.Absorbed(
        at=now,
        actor=actor,
        conversation_id=command.conversation_id,
        message_ids=command.message_ids,
        contacts=command.contacts,
        deliveries=dict(command.deliveries),
        waiting_since=command.waiting_since,
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
    )
    return [split]
