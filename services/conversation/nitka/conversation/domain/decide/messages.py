"""What is written: received, answered, held back, passed on, noted, delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.domain.decide.dispatch import decision
from nitka.conversation.domain.decide.table import ARCHIVED, CLOSED, OPEN, SNOOZED, Refused
from nitka.conversation.domain.state import Conversation
from nitka.events import UNDELIVERED, Actor, ActorKind, DeliveryState
from nitka.events.conversation import ForwardMode, ReopenReason

_FINAL = {DeliveryState.BOUNCED, DeliveryState.READ}
_RANK = {
    s: rank for rank, s in enumerate(("queued", "unconfirmed", "sent", "delivered", "read", "failed", "bounced"))
}


def received(command: c.Receive, actor: Actor, now: datetime) -> e.MessageReceived:
    """A message of the customer's side came in."""
    return e.MessageReceived(
        at=now,
        actor=actor,
        message_id=command.message_id,
        contact_id=command.contact_id,
        automatic=command.automatic,
    )


@decision.register
def _(command: c.Receive, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if command.message_id in state.messages:
        return []
    found: list[e.DomainEvent] = [received(command, actor, now)]
    stays_archived = state.status is ARCHIVED and not command.reopen_archived
    if command.automatic is None and state.status is not OPEN and not stays_archived:
        reason = ReopenReason.CUSTOMER_MESSAGE
        found.append(e.Reopened(at=now, actor=actor, previous=state.status, reason=reason))
    return found


@decision.register
def _(command: c.Reply, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [_replied(command.message_id, command.seen, command.aside, state, actor, now)]


def _replied(
    message_id: UUID, seen: int | None, aside: bool, state: Conversation, actor: Actor, now: datetime
) -> e.Replied:
    """It answers what its author has seen; a customer who has written since, and waits, waits from then on. What
    goes to third parties alone answers no customer."""
    if aside:
        waits, first = state.owed_since, False
    else:
        since = state.owed_since if state.wrote_after(seen) else None
        waits, first = since and max(since, state.inbound_at or since), not state.replied and not state.begun_by_us
    return e.Replied(at=now, actor=actor, message_id=message_id, first_response=first, waiting_since=waits)


@decision.register
def _(command: c.ScheduleReply, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    scheduled = e.ReplyScheduled(
        at=now,
        actor=actor,
        message_id=command.message_id,
        send_at=command.send_at,
        then=command.then,
        snooze_until=command.snooze_until,
        seen=command.seen,
    )
    return [scheduled]


@decision.register
def _(command: c.ScheduleForward, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    scheduled = e.ReplyScheduled(
        at=now,
        actor=actor,
        message_id=command.message_id,
        send_at=command.send_at,
        original_id=command.original_id,
        mode=command.mode,
    )
    return [scheduled]


@decision.register
def _(command: c.ReleaseReply, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """Whoever releases it, it is its author's answer. What should follow does not where the customer has written
    meanwhile: its author did not know that."""
    held = state.held.get(command.message_id)
    if held is None:
        raise Refused("not_held", "The message has left already, or was taken back.")
    author = Actor(kind=ActorKind.AGENT, id=held.agent_id)
    if held.original_id is not None and held.mode is not None:
        return [_forwarded(command.message_id, held.original_id, held.mode, author, now)]
    found: list[e.DomainEvent] = [_replied(command.message_id, held.seen, command.aside, state, author, now)]
    if state.status in (OPEN, SNOOZED) and not state.wrote_after(held.seen):
        if held.then is e.Then.CLOSE:
            found.append(e.Closed(at=now, actor=author))
        elif held.then is e.Then.SNOOZE and held.snooze_until is not None and held.snooze_until > now:
            found.append(e.Snoozed(at=now, actor=author, until=held.snooze_until))
    return found


@decision.register
def _(command: c.WithdrawReply, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    if command.message_id not in state.held:
        raise Refused("not_held", "The message has left already, or was taken back.")
    found: list[e.DomainEvent] = [e.ReplyWithdrawn(at=now, actor=actor, message_id=command.message_id)]
    if state.is_blank and len(state.held) == 1 and state.status is not ARCHIVED:
        # The mail that was to begin it was taken back: nobody has anything to do here.
        found.append(e.Archived(at=now, actor=actor))
    return found


@decision.register
def _(command: c.Forward, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    return [_forwarded(command.message_id, command.original_id, command.mode, actor, now)]


def _forwarded(message_id: UUID, original_id: UUID, mode: ForwardMode, actor: Actor, now: datetime) -> e.Forwarded:
    return e.Forwarded(at=now, actor=actor, message_id=message_id, original_id=original_id, mode=mode)


@decision.register
def _(command: c.AutoReply, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """Nothing when a machine wrote, or when the customer has had an automatic reply lately."""
    if state.automatic:
        return []
    if state.auto_replied_at is not None and now < state.auto_replied_at + command.window:
        return []
    return [e.AutoReplied(at=now, actor=actor, message_id=command.message_id, rule_id=command.rule_id)]


@decision.register
def _(command: c.AddNote, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """Whom it calls follows from then on."""
    called = dict.fromkeys(agent for agent in command.mentions if agent != actor.id)
    return [
        e.NoteAdded(at=now, actor=actor, message_id=command.message_id, mentions=command.mentions),
        *(e.FollowerAdded(at=now, actor=actor, agent_id=one) for one in called if one not in state.followers),
    ]


@decision.register
def _(command: c.RecordDelivery, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = state.deliveries.get(command.message_id)
    if known is None or not _is_news(command, *known, state):
        return []
    changed = e.DeliveryChanged(
        at=now,
        actor=actor,
        message_id=command.message_id,
        state=command.state,
        attempt=command.attempt,
        hard=command.hard,
        recipient_id=command.recipient_id,
        partial=command.partial,
        agent_id=command.agent_id,
        **_settled(command, state),
    )
    found = _each_missed(changed, state)
    lost = command.agent_id is not None and command.state in UNDELIVERED
    if not lost or not found or state.status not in (CLOSED, SNOOZED):
        return found
    # What its author thought done is not.
    reason = ReopenReason.DELIVERY_FAILED
    return [*found, e.Reopened(at=now, actor=actor, previous=state.status, reason=reason)]


def _settled(command: c.RecordDelivery, state: Conversation) -> dict[str, Any]:
    """What we still owe when the last of what was lost has arrived after all."""
    settles = state.lost == {command.message_id} and state.arrives(command.message_id, command.state)
    return {"settled": True, "waiting_since": state.waiting_since} if settles else {}


def _each_missed(changed: e.DeliveryChanged, state: Conversation) -> list[e.DomainEvent]:
    """An attempt that went to some alone is about these: whatever became of it, the others have the message."""
    asked = state.retried.get(changed.message_id, frozenset())
    if changed.partial or not asked or changed.state not in UNDELIVERED:
        return [changed]
    missed = sorted(asked - state.refused.get(changed.message_id, frozenset()))
    return [changed.model_copy(update={"recipient_id": one, "partial": True}) for one in missed]


def _is_news(
    command: c.RecordDelivery, known_state: DeliveryState, known_attempt: int, state: Conversation
) -> bool:
    if command.partial:
        asked_again = state.retried.get(command.message_id)
        late = command.attempt < known_attempt and (not asked_again or command.recipient_id in asked_again)
        return not late and command.recipient_id not in state.refused.get(command.message_id, ())
    if command.attempt < known_attempt or known_state in _FINAL:
        return False
    return command.attempt > known_attempt or _RANK[command.state] > _RANK[known_state]


@decision.register
def _(command: c.RetryDelivery, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    known = state.deliveries.get(command.message_id)
    if known is None:
        raise Refused("not_found", "There is no such message in this conversation.")
    known_state, attempt = known
    failed = known_state is DeliveryState.FAILED  # then it reached nobody, whoever was named
    refused = frozenset() if failed else state.refused.get(command.message_id, frozenset())
    if known_state not in UNDELIVERED and (known_state is DeliveryState.QUEUED or not refused):
        raise Refused("not_failed", f"The message is {known_state.value}; there is nothing to send again.")
    again = e.DeliveryChanged(
        at=now,
        actor=actor,
        message_id=command.message_id,
        state=DeliveryState.QUEUED,
        attempt=attempt + 1,
        only=tuple(sorted(refused)),
    )
    return [again]
