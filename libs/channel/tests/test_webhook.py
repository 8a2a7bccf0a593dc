"""Bounded bodies and signatures over raw bytes."""

import hashlib
import hmac
import json
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from hypothesis import given
from hypothesis import strategies as st

from nitka.channel.webhook import read_body, same, signed_sha256
from nitka.runtime.http import Problem

VECTORS = Path(__file__).parents[4] / "shared/fixtures/webhooks/signatures/vectors.json"


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=40), st.integers(min_value=0), st.integers(1, 255))
def test_any_changed_byte_is_rejected(body: bytes, secret: bytes, at: int, flip: int) -> None:
    signature = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    assert signed_sha256(secret, body, signature)
    if body:
        changed = bytearray(body)
        changed[at % len(body)] ^= flip
        assert not signed_sha256(secret, bytes(changed), signature)
    header = bytearray(signature.encode())
    header[at % len(header)] ^= flip
    assert not signed_sha256(secret, body, header.decode("latin-1"))


@given(st.text())
def test_any_text_may_be_given_as_a_secret(given_text: str) -> None:
    assert not same("expected-secret-7f", given_text + "x")


def test_published_vectors() -> None:
    if not VECTORS.exists():
        pytest.skip("no shared fixtures here")
    for vector in json.loads(VECTORS.read_text()):
        body, secret = vector["body"].encode(), vector["secret"].encode()
        assert signed_sha256(secret, body, vector["header"])
        for at in range(len(body)):
            changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            assert not signed_sha256(secret, changed, vector["header"])


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()

    @app.post("/")
    async def take(request: Request) -> JSONResponse:
        try:
            body = await read_body(request, cap=10)
        except Problem as problem:
            return JSONResponse({"code": problem.code}, problem.status)
        return JSONResponse({"length": len(body)})

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_the_cap_holds_with_and_without_a_declared_length(client: httpx.AsyncClient) -> None:
    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(3):
            yield b"12345"

    assert (await client.post("/", content=b"x" * 10)).json() == {"length": 10}
    assert (await client.post("/", content=b"x" * 11)).status_code == 413
    assert (await client.post("/", content=chunks())).status_code == 413
