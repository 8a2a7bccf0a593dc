"""What every webhook needs before it looks at its content: a bounded raw body and its signature."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from fastapi import Request

from nitka.runtime.http import Problem

_READ_SECONDS = 10.0


async def read_body(request: Request, cap: int) -> bytes:
    """The raw body. Raises Problem 413 beyond `cap` bytes, 408 when the sender dawdles."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > cap:
        raise _too_large(cap)
    body = bytearray()
    try:
        async with asyncio.timeout(_READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > cap:
                    raise _too_large(cap)
    except TimeoutError:
        raise Problem(408, "too_slow", "The request's body did not arrive in time.") from None
    return bytes(body)


def _too_large(cap: int) -> Problem:
    return Problem(413, "too_large", f"The request's body is larger than {cap} bytes.")


def signed_sha256(secret: bytes, body: bytes, signature: str) -> bool:
    """Whether `signature` is `sha256=<hex HMAC of the raw body>`, compared in constant time."""
    expected = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    return same(expected, signature)


def same(expected: str, given: str) -> bool:
    """Compare a secret in constant time; `given` may be any text."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
