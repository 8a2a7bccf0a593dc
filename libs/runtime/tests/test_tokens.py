"""Internal tokens: only ours, only now."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from nitka.runtime.http import create_api
from nitka.runtime.tokens import LIFETIME, Caller, CurrentCaller, Role, derived_key, issue, verify

SECRET, OTHER = SecretStr("s" * 32), SecretStr("t" * 32)
ANN = Caller(id="agent-ann", role=Role.AGENT, name="Ann")
KEY = derived_key(SECRET, "internal")


def signed(key: bytes = KEY, algorithm: str = "HS256", **changes: Any) -> str:
    now = datetime.now(UTC)
    claims = {"iss": "nitka", "sub": "agent-ann", "role": "agent", "iat": now, "exp": now + LIFETIME, **changes}
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm=algorithm)


def unsigned() -> str:
    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    claims = {"iss": "nitka", "sub": "agent-ann", "role": "admin", "iat": 0, "exp": 2**40}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def test_a_caller_comes_back_as_it_went() -> None:
    assert verify(SECRET, issue(SECRET, ANN)) == ANN


def test_a_token_expires() -> None:
    old = issue(SECRET, ANN, now=datetime.now(UTC) - LIFETIME - timedelta(seconds=1))
    with pytest.raises(jwt.ExpiredSignatureError):
        verify(SECRET, old)


# Made when needed: a token lives for a minute.
FORGED = {
    "another secret": lambda: issue(OTHER, ANN),
    "the root secret itself": lambda: signed(SECRET.get_secret_value().encode()),
    "a key for another purpose": lambda: signed(derived_key(SECRET, "conversation")),
    "no signature": unsigned,
    "another algorithm": lambda: signed(KEY * 2, algorithm="HS512"),
    "another issuer": lambda: signed(iss="somebody"),
    "no issuer": lambda: signed(iss=None),
    "no end": lambda: signed(exp=None),
    "no beginning": lambda: signed(iat=None),
    "nobody": lambda: signed(sub=None),
    "no role": lambda: signed(role=None),
    "a role that is none": lambda: signed(role="owner"),
    "a name that is none": lambda: signed(name=["x"]),
    "the future": lambda: signed(
        iat=datetime.now(UTC) + timedelta(days=1), exp=datetime.now(UTC) + timedelta(days=2)
    ),
    "no token": lambda: "x",
    "nothing": lambda: "",
    "a cut one": lambda: signed()[:-2],
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(forge: Callable[[], str]) -> None:
    token = forge()
    with pytest.raises(jwt.InvalidTokenError) as refused:
        verify(SECRET, token)
    assert not isinstance(refused.value, jwt.ExpiredSignatureError)


def test_the_same_token_unforged_is_taken() -> None:
    assert verify(SECRET, signed(name="Ann")) == ANN


@pytest.fixture
def app() -> FastAPI:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def nothing(_: FastAPI) -> Any:
        yield

    made = create_api("test", SECRET, lifespan=nothing, checks={})

    @made.get("/me")
    async def me(caller: CurrentCaller) -> Caller:
        return caller

    return made


@pytest.mark.parametrize(
    ("scheme", "secret", "status"),
    [
        ("Bearer ", SECRET, 200),
        ("bearer ", SECRET, 200),
        ("Basic ", SECRET, 401),
        ("Bearer ", OTHER, 401),
        ("Bearer", None, 401),
        ("Bearer ", None, 401),
        (None, None, 401),
    ],
)
async def test_a_route_knows_its_caller(
    app: FastAPI, scheme: str | None, secret: SecretStr | None, status: int
) -> None:
    token = issue(secret, ANN) if secret else ""
    header = None if scheme is None else f"{scheme}{token}"
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.get("/me", headers={"authorization": header} if header else {})
    assert answer.status_code == status
    assert answer.json().get("id") == ("agent-ann" if status == 200 else None)
