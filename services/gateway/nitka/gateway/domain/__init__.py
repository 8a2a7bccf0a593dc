"""The gateway's own rules, pure: accounts and sessions, the live stream, who is here."""

from nitka.gateway.domain.accounts import (
    LOGINS_PER_ADDRESS,
    LOGINS_PER_EMAIL,
    RATINGS_PER_ADDRESS,
    RENEWAL,
    SESSION_LIFETIME,
    Agent,
    Limit,
    Pace,
    Role,
    agent_id,
    needs_renewal,
    normal_email,
)
from nitka.gateway.domain.here import HERE_PER_AGENT, STAY, TABS_MAX, Here
from nitka.gateway.domain.personal import VIEWS_MAX, may_change_shared, works_with_conversations
from nitka.gateway.domain.stream import LIVE_TOPICS, BadPosition, Position, live_event, may_see

__all__ = [
    "HERE_PER_AGENT",
    "LIVE_TOPICS",
    "LOGINS_PER_ADDRESS",
    "LOGINS_PER_EMAIL",
    "RATINGS_PER_ADDRESS",
    "RENEWAL",
    "SESSION_LIFETIME",
    "STAY",
    "TABS_MAX",
    "VIEWS_MAX",
    "Agent",
    "BadPosition",
    "Here",
    "Limit",
    "Pace",
    "Position",
    "Role",
    "agent_id",
    "live_event",
    "may_change_shared",
    "may_see",
    "needs_renewal",
    "normal_email",
    "works_with_conversations",
]
