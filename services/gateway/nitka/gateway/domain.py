"""The gateway's own rules, pure: sessions, limits on guessing, and what the live stream says to whom."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from nitka.api.gateway import AgentView, LiveEvent
from nitka.events import ActorKind, Event, derived_id
from nitka.events.topics import AGENT_EVENTS, CONVERSATION_EVENTS, CUSTOMER_EVENTS

SESSION_LIFETIME = timedelta(hours=12)
"""A session ends this long after the last request."""
RENEWAL = timedelta(minutes=1)
"""A session's end is moved at most this often, so that reading does not mean writing."""

LIVE_TOPICS = (CONVERSATION_EVENTS, CUSTOMER_EVENTS, AGENT_EVENTS)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` within `window`; the window starts with the first one."""

    attempts: int
    window: timedelta


LOGINS_PER_EMAIL = Limit(10, timedelta(minutes=15))
LOGINS_PER_ADDRESS = Limit(50, timedelta(minutes=15))
RATINGS_PER_ADDRESS = Limit(60, timedelta(minutes=15))


class Role(StrEnum):
    """What an account may do; other services check it again."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    ANALYST = "analyst"


@dataclass(frozen=True, slots=True)
class Agent:
    """An account of somebody who works here."""

    id: str
    name: str
    email: str
    role: Role

    def view(self) -> AgentView:
        return AgentView(id=self.id, name=self.name, email=self.email, role=self.role.value)


def normal_email(value: str) -> str:
    """The one spelling of an address that accounts are found by."""
    return value.strip().lower()


def agent_id(email: str) -> str:
    """The id of the account that was made with this address; it stays when the address changes later."""
    return str(derived_id("agent", normal_email(email)))


def needs_renewal(expires_at: datetime, now: datetime) -> bool:
    """Whether the session's end is to be moved."""
    return expires_at - now < SESSION_LIFETIME - RENEWAL


class BadPosition(ValueError):
    """The text is no position of this stream."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a client has read: per partition of the live topics the offset of the next record.

    The partitions are numbered by the layout (see store/live.py). As text it is the id of a server-sent event.
    """

    offsets: tuple[int, ...]

    _TEXT = re.compile(r"[0-9a-f]{1,15}(\.[0-9a-f]{1,15}){0,999}")

    def text(self) -> str:
        return ".".join([format(o, "x") for o in self.offsets])

    @classmethod
    def parse(cls, text: str, partitions: int) -> Position:
        """Raises BadPosition."""
        if not cls._TEXT.fullmatch(text):
            raise BadPosition("not a position")
        offsets = tuple(int(part, 16) for part in text.split("."))
        if len(offsets) != partitions:
            raise BadPosition("a position of other topics")
        return cls(offsets)

    def passing(self, place: int, offset: int) -> Position:
        """The position after the record at `offset` of the partition numbered `place`."""
        before = self.offsets
        return Position((*before[:place], max(before[place], offset + 1), *before[place + 1 :]))

    def merged(self, other: Position) -> Position:
        """The further one of two, partition by partition."""
        return Position(tuple(map(max, self.offsets, other.offsets)))

    def reached(self, other: Position) -> bool:
        """Whether nothing before `other` is missing here."""
        return all(mine >= theirs for mine, theirs in zip(self.offsets, other.offsets, strict=True))

    def behind(self, other: Position) -> Iterable[tuple[int, int, int]]:
        """(partition number, from, to) of what lies between here and `other`."""
        for place, (mine, theirs) in enumerate(zip(self.offsets, other.offsets, strict=True)):
            if mine < theirs:
                yield place, mine, theirs


def live_event(event: Event) -> LiveEvent | None:
    """What the stream says of an event: that something changed, never what was written or by which address.

    None for a type that this code does not know yet.
    """
    envelope, payload = event.envelope, event.payload
    if payload is None:
        return None
    customer = envelope.actor.kind is ActorKind.CUSTOMER  # whose id is an address
    return LiveEvent(
        event_id=envelope.event_id,
        type=envelope.type,
        at=envelope.occurred_at,
        actor_kind=envelope.actor.kind.value,
        actor_id=None if customer else envelope.actor.id,
        conversation_id=getattr(payload, "conversation_id", None),
        customer_id=getattr(payload, "customer_id", None),
        agent_id=getattr(payload, "agent_id", None) or getattr(payload, "assignee", None),
        sequence=getattr(payload, "sequence", None),
        traceparent=envelope.traceparent,
    )


def may_see(role: Role, event: LiveEvent) -> bool:
    """Whether the stream of somebody with this role tells of the event. Analysts see who works, no more."""
    return role is not Role.ANALYST or event.type == "agent.presence_changed"
