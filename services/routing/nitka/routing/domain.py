"""The queue as pure functions: what is known of a conversation, whether it waits for us, how it is given away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from nitka.events import UNDELIVERED, ConversationStatus, Payload, Presence, derived_id
from nitka.events.conversation import (
    Absorbed,
    AgentReplied,
    Archived,
    Assigned,
    AssignReason,
    Closed,
    ConversationOpened,
    ConversationPayload,
    CustomerMessageReceived,
    DeliveryChanged,
    Priority,
    PriorityChanged,
    Reopened,
    ReopenReason,
    Snoozed,
    SplitOff,
)

CLAIM_LIFETIME = timedelta(seconds=10)
"""How long a conversation is held for an agent while the command that assigns it is under way; longer than that
command may take. A claim left behind by a crash is free after it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What routing knows of a conversation: its state after event number `sequence`."""

    conversation_id: UUID
    sequence: int = 0
    status: ConversationStatus = ConversationStatus.OPEN
    assignee: str | None = None
    waiting_since: datetime | None = None
    priority: Priority = Priority.NORMAL

    @property
    def waits(self) -> bool:
        """Whether "serve next" may give it: open, nobody's, and the customer waits for us."""
        return self.status is ConversationStatus.OPEN and self.assignee is None and self.waiting_since is not None


def evolve(known: Known, payload: Payload, at: datetime) -> Known:
    """The state after an event that happened at `at`; an event seen before changes nothing."""
    if not isinstance(payload, ConversationPayload) or payload.sequence <= known.sequence:
        return known
    apply = _RULES.get(type(payload))
    after = apply(known, payload, at) if apply else known
    return replace(after, sequence=payload.sequence)


def _opened(known: Known, event: ConversationOpened, _: datetime) -> Known:
    return replace(known, status=event.status)


def _received(known: Known, event: CustomerMessageReceived, at: datetime) -> Known:
    """The wait counts from the first message without an answer; a machine waits for nobody."""
    if event.automatic is not None or known.waiting_since is not None:
        return known
    return replace(known, waiting_since=at)


def _replied(known: Known, event: AgentReplied, _: datetime) -> Known:
    """The wait is over, but for what the agent had not seen."""
    return replace(known, waiting_since=event.waiting_since)


def _delivered(known: Known, event: DeliveryChanged, at: datetime) -> Known:
    """An agent's message may not have arrived: we owe an answer again, until it has. Where it is not open,
    `Reopened` says so."""
    if event.settled:
        return replace(known, waiting_since=event.waiting_since)
    lost = event.agent_id is not None and event.state in UNDELIVERED
    if not lost or known.status is not ConversationStatus.OPEN:
        return known
    return replace(known, waiting_since=known.waiting_since or at)


def _assigned(known: Known, event: Assigned, _: datetime) -> Known:
    return replace(known, assignee=event.assignee)


def _snoozed(known: Known, _: Snoozed, __: datetime) -> Known:
    return replace(known, status=ConversationStatus.SNOOZED)


def _closed(known: Known, _: Closed, __: datetime) -> Known:
    return replace(known, status=ConversationStatus.CLOSED, waiting_since=None)


def _archived(known: Known, _: Archived, __: datetime) -> Known:
    return replace(known, status=ConversationStatus.ARCHIVED, waiting_since=None)


def _reopened(known: Known, event: Reopened, at: datetime) -> Known:
    """Reopened by the customer: their message says since when they wait. By us: we owe something from now on,
    unless it is as it was before."""
    if event.as_before:
        since = event.waiting_since
    elif event.reason is ReopenReason.CUSTOMER_MESSAGE:
        since = known.waiting_since
    else:
        since = known.waiting_since or at
    return replace(known, status=ConversationStatus.OPEN, waiting_since=since)


def _absorbed(known: Known, event: Absorbed, _: datetime) -> Known:
    """Whoever waited in the other conversation waits here."""
    since = [at for at in (known.waiting_since, event.waiting_since) if at]
    return replace(known, waiting_since=min(since) if since else None)


def _split(known: Known, event: SplitOff, _: datetime) -> Known:
    return replace(known, waiting_since=event.waiting_since)


def _priority(known: Known, event: PriorityChanged, _: datetime) -> Known:
    return replace(known, priority=event.priority)


_RULES: dict[type[Payload], Callable[[Known, Any, datetime], Known]] = {
    ConversationOpened: _opened,
    CustomerMessageReceived: _received,
    AgentReplied: _replied,
    DeliveryChanged: _delivered,
    Assigned: _assigned,
    Snoozed: _snoozed,
    Closed: _closed,
    Archived: _archived,
    Reopened: _reopened,
    Absorbed: _absorbed,
    SplitOff: _split,
    PriorityChanged: _priority,
}


def served_after(known: Known, payload: Payload, at: datetime) -> float | None:
    """Seconds that the customer had waited when this event gave the conversation to an agent by "serve next".

    None for every other event, and for one seen before. `known` is the state before the event.
    """
    if not isinstance(payload, Assigned) or payload.sequence <= known.sequence:
        return None
    if payload.reason is not AssignReason.SERVE_NEXT or payload.assignee is None:
        return None
    return max(0.0, (at - known.waiting_since).total_seconds()) if known.waiting_since else 0.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A conversation held for an agent. `sequence` is how much of it was known when it was picked."""

    conversation_id: UUID
    agent_id: str
    sequence: int
    waiting_since: datetime

    @property
    def command_id(self) -> UUID:
        """The same for a repeated attempt on the same knowledge, another once the conversation has come back."""
        return derived_id("serve-next", str(self.conversation_id), self.agent_id, str(self.sequence))


class Outcome(StrEnum):
    """What the attempt to assign a claimed conversation came to. Only `served` gives it to the agent.

    `outdated`: our knowledge is behind (somebody has it, or it is not open): out of the queue until we know more.
    `failed`: something is wrong with this one: others go first for a while.
    """

    SERVED = "served"
    OUTDATED = "outdated"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the conversation service said: HTTP status, and the conversation's assignee and sequence if it told."""

    status: int
    assignee: str | None = None
    sequence: int = 0


def decide(claim: Claim, answer: Answer) -> tuple[Outcome, int]:
    """The outcome, and the sequence up to which our knowledge of the conversation must not be acted on."""
    if answer.status == 200:
        outcome = Outcome.SERVED if answer.assignee == claim.agent_id else Outcome.OUTDATED
        return outcome, max(claim.sequence, answer.sequence - 1)
    if answer.status in (404, 409):
        return Outcome.OUTDATED, claim.sequence
    return Outcome.FAILED, 0


AWAY = timedelta(seconds=60)
"""An agent who has had the app open in no browser for so long is offline."""


@dataclass(frozen=True, slots=True)
class AgentPresence:
    """An agent's presence; `version` counts its changes from 1.

    `chosen`: the agent has said that they are not there, whatever the open app says. `seen_at`: when they last had
    the app open.
    """

    agent_id: str
    presence: Presence
    reason: str | None
    since: datetime
    version: int
    chosen: bool = False
    seen_at: datetime | None = None


def set_presence(
    before: AgentPresence | None, agent_id: str, presence: Presence, reason: str | None, now: datetime
) -> AgentPresence | None:
    """What the agent says: the presence afterwards, None when nothing changes. Only a pause has a reason."""
    reason = reason if presence is Presence.PAUSED else None
    chosen = presence is not Presence.ONLINE
    if before is not None and (before.presence, before.reason, before.chosen) == (presence, reason, chosen):
        return None
    return AgentPresence(agent_id, presence, reason, now, before.version + 1 if before else 1, chosen, now)


def came(before: AgentPresence | None, agent_id: str, now: datetime) -> AgentPresence | None:
    """The agent has the app open: they are online, unless they have chosen to pause or to be offline."""
    if before is not None and (before.presence is not Presence.OFFLINE or before.chosen):
        return None
    return AgentPresence(agent_id, Presence.ONLINE, None, now, before.version + 1 if before else 1, seen_at=now)


def left(before: AgentPresence | None, now: datetime) -> AgentPresence | None:
    """Whoever is online and has not been seen for a while is offline. A pause stays one."""
    if before is None or before.presence is not Presence.ONLINE:
        return None
    if before.seen_at is not None and before.seen_at > now - AWAY:
        return None
    return replace(before, presence=Presence.OFFLINE, since=now, version=before.version + 1)
