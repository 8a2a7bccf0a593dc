"""The live stream: a client's place in it, and what it says to whom."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nitka.api.gateway import LiveEvent
from nitka.events import UNDELIVERED, ActorKind, DeliveryState, Event, Payload
from nitka.events.conversation import DeliveryChanged
from nitka.events.topics import AGENT_EVENTS, CONVERSATION_EVENTS, CUSTOMER_EVENTS
from nitka.gateway.domain.accounts import Role
from nitka.gateway.domain.personal import works_with_conversations

LIVE_TOPICS = (CONVERSATION_EVENTS, CUSTOMER_EVENTS, AGENT_EVENTS)


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
        assignee=getattr(payload, "assignee", None),
        mentions=getattr(payload, "mentions", ()) or None,
        undelivered=_undelivered(payload),
        settled=getattr(payload, "settled", None) or None,
        score=getattr(payload, "score", None),
        woken_for=getattr(payload, "woken_for", None),
        sequence=getattr(payload, "sequence", None),
        traceparent=envelope.traceparent,
    )


def _undelivered(payload: Payload) -> DeliveryState | None:
    if not isinstance(payload, DeliveryChanged) or payload.agent_id is None:
        return None
    return payload.state if payload.state in UNDELIVERED else None


def may_see(role: Role, event: LiveEvent) -> bool:
    """Whether the stream of somebody with this role tells of the event. Analysts see who works, no more."""
    return works_with_conversations(role) or event.type == "agent.presence_changed"
