"""Who is here: which agents have which conversation open, and who of them writes an answer. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from nitka.api.personal import HereAgent
from nitka.gateway.domain.accounts import Limit

STAY = timedelta(seconds=25)
"""How long a word that somebody is here holds; browsers repeat it every ten seconds."""
TABS_MAX = 10
"""Browser tabs of one agent that are known at a time."""
HERE_PER_AGENT = Limit(120, timedelta(seconds=10))


@dataclass(frozen=True, slots=True)
class Seat:
    """What one tab of one agent has open, `until` it is said again."""

    conversation_id: UUID
    typing: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Here:
    """Everybody's seats, by agent and tab."""

    seats: Mapping[tuple[str, str], Seat] = field(default_factory=dict)

    def said(self, agent_id: str, tab: str, conversation_id: UUID | None, typing: bool, now: datetime) -> Here:
        """The agent's tab shows this conversation now, or none. Beyond `TABS_MAX` the stalest tab is forgotten."""
        seats = {place: seat for place, seat in self.seats.items() if place != (agent_id, tab)}
        if conversation_id is not None:
            seats[agent_id, tab] = Seat(conversation_id, typing, now + STAY)
            mine = [place for place in seats if place[0] == agent_id]
            if len(mine) > TABS_MAX:
                del seats[min(mine, key=lambda place: seats[place].until)]
        return Here(seats)

    def at(self, now: datetime) -> Here:
        """Without those who have not been heard of for too long."""
        if all(seat.until > now for seat in self.seats.values()):
            return self
        return Here({place: seat for place, seat in self.seats.items() if seat.until > now})

    def open_in(self, agent_id: str, tab: str) -> UUID | None:
        """The conversation that this tab shows."""
        seat = self.seats.get((agent_id, tab))
        return seat.conversation_id if seat else None

    def agents(self, conversations: Set[UUID]) -> dict[UUID, tuple[HereAgent, ...]]:
        """Who has these open: each agent once, typing when one of their tabs is."""
        found: dict[UUID, dict[str, bool]] = {id: {} for id in conversations}
        for (agent_id, _), seat in self.seats.items():
            if seat.conversation_id in found:
                typing = found[seat.conversation_id]
                typing[agent_id] = typing.get(agent_id, False) or seat.typing
        return {
            id: tuple(HereAgent(agent_id=agent, typing=t) for agent, t in sorted(typing.items()))
            for id, typing in found.items()
        }

    def conversations(self) -> set[UUID]:
        """Those that somebody has open."""
        return {seat.conversation_id for seat in self.seats.values()}
