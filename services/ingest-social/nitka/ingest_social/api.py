"""WhatsApp's webhook: the subscription handshake and the events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse
from pydantic import SecretStr

from nitka.channel.intake import Intake
from nitka.channel.spool import SpoolFull
from nitka.channel.webhook import read_body, same, signed_sha256
from nitka.runtime.http import Problem

BODY_CAP = 4 * 1024 * 1024
"""Bytes of one webhook; Meta sends at most 3 MiB."""


def router(intake: Intake, app_secret: SecretStr | None, verify_token: SecretStr | None) -> APIRouter:
    """Routes that accept only what Meta signed with `app_secret`."""
    routes = APIRouter()

    @routes.get("/webhooks/whatsapp", response_class=PlainTextResponse)
    async def subscribe(
        mode: Annotated[str, Query(alias="hub.mode")] = "",
        token: Annotated[str, Query(alias="hub.verify_token")] = "",
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=1000)] = "",
    ) -> PlainTextResponse:
        if verify_token is None:
            raise _not_configured("NITKA_WHATSAPP_VERIFY_TOKEN")
        if mode != "subscribe" or not same(verify_token.get_secret_value(), token):
            raise Problem(403, "wrong_verify_token", "The verify token is not the one that is configured.")
        return PlainTextResponse(challenge, headers={"x-content-type-options": "nosniff"})

    @routes.post("/webhooks/whatsapp")
    async def receive(request: Request) -> dict[str, str]:
        if app_secret is None:
            raise _not_configured("NITKA_WHATSAPP_APP_SECRET")
        body = await read_body(request, BODY_CAP)
        signature = request.headers.get("x-hub-signature-256", "")
        if not signed_sha256(app_secret.get_secret_value().encode(), body, signature):
            raise Problem(401, "bad_signature", "X-Hub-Signature-256 does not fit the body.")
        try:
            await intake.accept(body)
        except SpoolFull:
            raise Problem(503, "spool_full", "Nothing can be kept right now; send it again later.") from None
        return {"status": "accepted"}

    return routes


def _not_configured(setting: str) -> Problem:
    return Problem(403, "whatsapp_not_configured", f"WhatsApp is not set up here: {setting} is missing.")
