"""The Graph API: sends one message, and is honest about what it does not know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from pydantic import SecretStr

from nitka.events import DeliveryState
from nitka.ingest_social.domain import Outcome, answer
from nitka.runtime import telemetry

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures before a byte of the request left; after any other one the message may be on its way."""

PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each further try of a request that certainly was not accepted."""


class GraphApi:
    """A client of the Cloud API at `url` with `token` (None: not configured, every message fails)."""

    def __init__(self, url: str, token: SecretStr | None, *, pauses: Sequence[float] = PAUSES) -> None:
        self._token, self._pauses = token, pauses
        self._http = httpx.AsyncClient(base_url=url, timeout=15)
        telemetry.instrument_client(self._http)

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, account: str, body: dict[str, Any]) -> Outcome:
        """Send once; tried again only while it certainly was not sent."""
        if self._token is None:
            return Outcome(DeliveryState.FAILED, reason="WhatsApp is not set up: NITKA_WHATSAPP_TOKEN is missing.")
        headers = {"authorization": f"Bearer {self._token.get_secret_value()}"}
        reason = ""
        for pause in (0.0, *self._pauses):
            await asyncio.sleep(pause)
            try:
                response = await self._http.post(f"/{account}/messages", json=body, headers=headers)
            except _NOT_SENT:
                reason = "WhatsApp cannot be reached."
                continue
            except httpx.HTTPError as error:
                return Outcome(DeliveryState.UNCONFIRMED, reason=f"The connection broke: {type(error).__name__}.")
            outcome = answer(response.status_code, response.content)
            if isinstance(outcome, Outcome):
                return outcome
            reason = outcome.reason
        return Outcome(DeliveryState.FAILED, reason=reason)
