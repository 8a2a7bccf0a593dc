"""Who may do what with saved views and with the news of who is here."""

from __future__ import annotations

from nitka.gateway.domain.accounts import Role

VIEWS_MAX = 100
"""Views of one agent."""


def may_change_shared(role: Role) -> bool:
    """Whether somebody with this role may change and delete the shared views of others."""
    return role in (Role.SUPERVISOR, Role.ADMIN)


def works_with_conversations(role: Role) -> bool:
    """Analysts see figures, not conversations, and so not who has which of them open."""
    return role is not Role.ANALYST
