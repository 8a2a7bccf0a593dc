"""What holds for every request and response: security headers and a cap on bodies."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_MAX = 2 * 1024 * 1024
UPLOAD_MAX = 20 * 1024 * 1024
UPLOAD_PATH = "/api/attachments"

# Mail is shown in frames made from a string (srcdoc), which inherit this policy: their inline styles are
# allowed, scripts never are, and pictures come from here only, so that a mail cannot call home.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self' about:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HTTPS_ONLY = "max-age=31536000"


class Guard:
    """ASGI middleware; a header that the response has already set stays."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app, self._secure = app, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                _guard(MutableHeaders(scope=message), scope["path"], secure=self._secure)
            await send(message)

        await self._app(scope, capped(scope, receive), guarded_send)


def guard_unexpected(app: FastAPI, *, secure: bool) -> None:
    """Guard the answer to an unexpected error as well: it is written outside of every middleware."""
    answer = app.exception_handlers[Exception]

    async def guarded(request: Request, error: Exception) -> Response:
        answered = answer(request, error)
        response = answered if isinstance(answered, Response) else await answered
        _guard(response.headers, request.url.path, secure=secure)
        return response

    app.add_exception_handler(Exception, guarded)


def _guard(headers: MutableHeaders, path: str, *, secure: bool) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if secure:
        headers.setdefault("strict-transport-security", _HTTPS_ONLY)
    if path.startswith("/api/"):
        headers.setdefault("cache-control", "no-store")


def capped(scope: Scope, receive: Receive) -> Receive:
    """`receive` that raises HTTPException 413 as soon as a body is too large, announced or not."""
    limit = UPLOAD_MAX if scope["path"] == UPLOAD_PATH else BODY_MAX
    announced = Headers(scope=scope).get("content-length", "0")
    total = int(announced) if announced.isdecimal() else 0
    left = limit

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] == "http.request" and (left < 0 or total > limit):
            raise HTTPException(413, "This is more than the server takes.")
        return message

    return counted
