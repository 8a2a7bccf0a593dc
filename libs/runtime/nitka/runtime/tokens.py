"""Internal tokens: services trust no caller, so internal HTTP carries the acting agent in a short-lived token."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

LIFETIME = timedelta(seconds=60)
_ALGORITHM = "HS256"
_ISSUER = "nitka"


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    ANALYST = "analyst"
    SERVICE = "service"


class Caller(BaseModel):
    """Who acts: an agent through the gateway, or a service by itself (`role` service, `id` its name)."""

    model_config = ConfigDict(frozen=True)

    id: str
    role: Role
    name: str = ""


def derived_key(secret: SecretStr, purpose: str) -> bytes:
    """A key for one purpose, derived from the root secret (HMAC-SHA256)."""
    return hmac.new(secret.get_secret_value().encode(), purpose.encode(), hashlib.sha256).digest()


def issue(secret: SecretStr, caller: Caller, now: datetime | None = None) -> str:
    """A signed token for `caller`, valid for LIFETIME."""
    now = now or datetime.now(UTC)
    claims = {"iss": _ISSUER, "sub": caller.id, "role": caller.role.value, "name": caller.name}
    return jwt.encode(
        {**claims, "iat": now, "exp": now + LIFETIME}, derived_key(secret, "internal"), algorithm=_ALGORITHM
    )


def verify(secret: SecretStr, token: str) -> Caller:
    """The caller of a token. Raises jwt.InvalidTokenError for anything forged, expired or malformed."""
    claims = jwt.decode(
        token,
        derived_key(secret, "internal"),
        algorithms=[_ALGORITHM],
        issuer=_ISSUER,
        options={"require": ["exp", "iat", "sub"]},
    )
    try:
        return Caller(id=claims["sub"], role=claims.get("role"), name=claims.get("name", ""))
    except ValidationError as error:
        raise jwt.InvalidTokenError("malformed claims") from error


def _caller(request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "internal token missing")
    try:
        return verify(request.app.state.secret, token)
    except jwt.InvalidTokenError:
        raise HTTPException(401, "internal token invalid or expired") from None


CurrentCaller = Annotated[Caller, Depends(_caller)]
"""FastAPI dependency: the verified caller of an internal route. Needs `app.state.secret` (see http.create_api)."""
