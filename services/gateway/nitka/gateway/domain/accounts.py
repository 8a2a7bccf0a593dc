"""Accounts and sessions, and how often something may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from nitka.api.gateway import AgentView
from nitka.events import derived_id

SESSION_LIFETIME = timedelta(hours=12)
"""A session ends this long after the last request."""
RENEWAL = timedelta(minutes=1)
"""A session's end is moved at most this often, so that reading does not mean writing."""


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


class Pace:
    """Counts in memory what comes too often for a table, per agent. Times are passed in."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._windows: dict[str, tuple[int, datetime]] = {}

    def count(self, who: str, now: datetime) -> int:
        """Count once more: 0 when it may go on, else the seconds to wait."""
        hits, ends = self._windows.get(who, (0, now))
        if ends <= now:
            hits, ends = 0, now + self._limit.window
        self._windows[who] = hits + 1, ends
        return 0 if hits < self._limit.attempts else max(1, int((ends - now).total_seconds()))
