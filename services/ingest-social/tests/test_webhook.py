"""The webhook's door: handshake, signatures, and what it answers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from nitka.channel.intake import Intake
from nitka.channel.spool import ENTRY_OVERHEAD, Spool
from nitka.ingest_social import api
from nitka.ingest_social.settings import IngestSocialSettings
from nitka.runtime.http import create_api
from nitka.runtime.publisher import PublishError

SECRET = SecretStr("app-secret")
HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444"}
Build = Callable[..., bytes]


class Destination:
    def __init__(self) -> None:
        self.delivered: list[bytes] = []
        self.away = False

    async def deliver(self, bodies: Sequence[bytes]) -> None:
        if self.away:
            raise PublishError("away")
        self.delivered += bodies


@pytest.fixture
def there() -> Destination:
    return Destination()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, max_bytes=3 * ENTRY_OVERHEAD)


def client_for(intake: Intake, secret: SecretStr | None, token: SecretStr | None) -> httpx.AsyncClient:
    app: FastAPI = create_api("test", SecretStr("x" * 32), lifespan=lambda _: None, checks={})  # type: ignore[arg-type, return-value]
    app.include_router(api.router(intake, secret, token))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
def client(there: Destination, spool: Spool) -> httpx.AsyncClient:
    return client_for(Intake(spool, there.deliver), SECRET, SecretStr("verify-me"))


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}


async def test_the_handshake_echoes_the_challenge(client: httpx.AsyncClient) -> None:
    response = await client.get("/webhooks/whatsapp", params=HANDSHAKE)
    assert (response.status_code, response.text) == (200, "1158201444")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [{"hub.verify_token": "guess"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}],
    ids=["wrong token", "no token", "wrong mode"],
)
async def test_a_wrong_handshake_is_403(client: httpx.AsyncClient, change: dict[str, str]) -> None:
    response = await client.get("/webhooks/whatsapp", params=HANDSHAKE | change)
    assert response.status_code == 403
    assert "1158201444" not in response.text


async def test_takes_what_is_signed_as_it_was_sent(client: httpx.AsyncClient, there: Destination) -> None:
    body = b'{"object" : "whatsapp_business_account",\n "entry":[]}'
    response = await client.post("/webhooks/whatsapp", content=body, headers=signed(body))
    assert response.status_code == 200
    assert there.delivered == [body]


async def test_any_changed_byte_is_refused(client: httpx.AsyncClient, there: Destination, payload: Build) -> None:
    body = payload(messages=[])
    for at in range(0, len(body), 7):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        response = await client.post("/webhooks/whatsapp", content=changed, headers=signed(body))
        assert response.status_code == 401
    assert (await client.post("/webhooks/whatsapp", content=body)).status_code == 401
    assert there.delivered == []


async def test_without_a_secret_everything_is_refused_with_the_reason(spool: Spool, there: Destination) -> None:
    client = client_for(Intake(spool, there.deliver), None, None)
    response = await client.post("/webhooks/whatsapp", content=b"{}", headers=signed(b"{}"))
    assert (response.status_code, response.json()["code"]) == (403, "whatsapp_not_configured")
    assert "NITKA_WHATSAPP_APP_SECRET" in response.json()["detail"]
    assert (await client.get("/webhooks/whatsapp", params=HANDSHAKE)).status_code == 403


def test_an_empty_secret_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NITKA_SECRET", "x" * 32)
    monkeypatch.setenv("NITKA_WHATSAPP_APP_SECRET", "")
    assert IngestSocialSettings().whatsapp_app_secret is None  # type: ignore[call-arg]


async def test_too_large_is_413(client: httpx.AsyncClient) -> None:
    body = b"x" * (api.BODY_CAP + 1)
    assert (await client.post("/webhooks/whatsapp", content=body, headers=signed(body))).status_code == 413


async def test_spools_while_kafka_is_away_and_says_503_when_full(
    client: httpx.AsyncClient, there: Destination, spool: Spool
) -> None:
    there.away = True
    statuses = [
        (await client.post("/webhooks/whatsapp", content=b"%d" % n, headers=signed(b"%d" % n))).status_code
        for n in range(3)
    ]
    assert statuses == [200, 200, 503]
    assert [e.body for e in await spool.oldest(10, 10**6)] == [b"0", b"1"]
