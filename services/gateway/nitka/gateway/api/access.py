"""Who is asking, and whether the request came from our own page."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from nitka.api.conversations import View
from nitka.gateway.domain import Limit, Pace, works_with_conversations
from nitka.gateway.settings import GatewaySettings
from nitka.gateway.store.accounts import Accounts, Session
from nitka.gateway.store.here import Whereabouts
from nitka.gateway.store.live import LiveLog
from nitka.gateway.store.personal import Personal
from nitka.gateway.store.pictures import Pictures
from nitka.gateway.store.signals import Signals
from nitka.gateway.store.streams import OpenStreams
from nitka.runtime.http import Problem, ServiceClient

CSRF_HEADER = "x-nitka-request"
TAB_HEADER = "x-nitka-tab"
_TAB = re.compile(r"[A-Za-z0-9-]{1,36}")
_SAFE = {"GET", "HEAD", "OPTIONS"}


class ProblemView(View):
    """Every refusal (RFC 9457). `code` is stable, `detail` a sentence for a person."""

    type: str
    status: int
    code: str
    detail: str


@dataclass(frozen=True)
class Parts:
    """What the routes work with; made in app.py."""

    settings: GatewaySettings
    accounts: Accounts
    services: dict[str, ServiceClient]
    log: LiveLog
    streams: OpenStreams
    personal: Personal
    signals: Signals
    whereabouts: Whereabouts
    here_pace: Pace
    pictures: Pictures

    @property
    def secure(self) -> bool:
        """Whether the public address is https."""
        return self.settings.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The session cookie's name; `__Host-` lets no neighbouring host overwrite it."""
        return "__Host-nitka" if self.secure else "nitka"


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


CurrentParts = Annotated[Parts, Depends(parts_of)]


def own_page(request: Request) -> None:
    """Refuse a change that another site's page could have sent: a form cannot set this header."""
    if request.method not in _SAFE and request.headers.get(CSRF_HEADER) != "1":
        raise Problem(403, "csrf", "Changes need the header X-Nitka-Request: 1.")


async def current_session(request: Request, parts: CurrentParts) -> Session:
    """The caller's session. Raises Problem 401."""
    token = request.cookies.get(parts.cookie)
    session = await parts.accounts.session(token, datetime.now(UTC)) if token else None
    if session is None:
        raise Problem(401, "not_signed_in", "Please sign in.")
    request.state.agent_id = session.agent.id
    return session


CurrentSession = Annotated[Session, Depends(current_session)]


def worker_session(session: CurrentSession) -> Session:
    """The session of somebody who works with conversations. Raises Problem 403."""
    if not works_with_conversations(session.agent.role):
        raise Problem(403, "forbidden", "This is for those who work with conversations.")
    return session


async def check_workers(parts: Parts, agent_ids: Collection[str | None]) -> None:
    """Nobody is given, or told of, what they cannot open. Raises Problem 422."""
    named = [agent for agent in await parts.accounts.all() if agent.id in agent_ids]
    if found := [agent.name for agent in named if not works_with_conversations(agent.role)]:
        raise Problem(
            422, "not_a_worker", f"{', '.join(found)} cannot open conversations: analysts see figures only."
        )


WorkerSession = Annotated[Session, Depends(worker_session)]


def valid_tab(name: str | None) -> str:
    """The name that a browser tab has given itself; empty when it has none."""
    return name if name and _TAB.fullmatch(name) else ""


def tab_of(request: Request) -> str:
    return valid_tab(request.headers.get(TAB_HEADER))


def address_of(request: Request) -> str:
    """The client's network address."""
    return request.client.host if request.client else "unknown"


async def count_attempt(parts: Parts, limit: Limit, what: str) -> int:
    """Count an attempt; the seconds to wait, 0 when there is no need to."""
    return await parts.accounts.count_attempt(limit, what, datetime.now(UTC))
