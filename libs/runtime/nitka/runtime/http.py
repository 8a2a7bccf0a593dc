"""HTTP for every service: one application factory, one error shape, one client, one way to serve."""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.exceptions import HTTPException as StarletteHTTPException

from nitka.runtime import logs, telemetry
from nitka.runtime.settings import Settings
from nitka.runtime.tokens import Caller, issue

Check = Callable[[], Awaitable[None]]
"""A readiness check: returns when the dependency answers, raises otherwise."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

# FastAPI silences what its own annotations provoke, but only while it builds a model; ours are built at first use.
warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)

_log = logs.get("http")


class Problem(Exception):
    """An expected refusal. `code` is stable and machine-readable, `detail` a sentence for a person."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.extra = status, code, detail, extra
        self.headers = dict(headers or {})


def create_api(
    name: str,
    secret: SecretStr,
    *,
    lifespan: Lifespan,
    checks: Mapping[str, Check],
    description: str = "",
    docs: bool = False,
) -> FastAPI:
    """A FastAPI application with problem responses (RFC 9457), `/healthz`, `/readyz` and tracing.

    `checks` are named; `/readyz` is 503 with the names of those that fail within two seconds.
    """
    app = FastAPI(
        title=f"Nitka {name}",
        description=description,
        version="1",
        lifespan=_traced(lifespan),
        docs_url="/docs" if docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if docs else None,
    )
    app.state.secret = secret
    _add_errors(app)
    _add_health(app, checks)
    telemetry.instrument_app(app)
    return app


def _traced(lifespan: Lifespan) -> Lifespan:
    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncGenerator[None]:
        async with lifespan(app):
            yield
        telemetry.flush()

    return run


def _problem(status: int, code: str, detail: str, **extra: Any) -> JSONResponse:
    body = {"type": "about:blank", "status": status, "code": code, "detail": detail, **extra}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def _expected(_: Request, error: Problem) -> JSONResponse:
        response = _problem(error.status, error.code, error.detail, **error.extra)
        response.headers.update(error.headers)
        return response

    @app.exception_handler(StarletteHTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        return _problem(error.status_code, f"http_{error.status_code}", str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = [{"at": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
        return _problem(422, "invalid_request", "The request does not fit the API.", problems=problems)

    @app.exception_handler(Exception)
    async def _unexpected(_: Request, error: Exception) -> JSONResponse:
        _log.error("request failed", exc_info=error)
        return _problem(500, "internal_error", "Something went wrong on our side; it has been recorded.")


def _add_health(app: FastAPI, checks: Mapping[str, Check]) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        async def failing(name: str, check: Check) -> str | None:
            # Not wait_for: a driver whose server is frozen takes long to notice that it was cancelled.
            asking = asyncio.ensure_future(check())
            asking.add_done_callback(lambda done: done.cancelled() or done.exception())
            await asyncio.wait({asking}, timeout=2)
            if not asking.done():
                asking.cancel()
                return f"{name}: TimeoutError"
            error = asking.exception()
            return f"{name}: {type(error).__name__}" if error else None

        results = await asyncio.gather(*(failing(n, c) for n, c in checks.items()))
        failed = [r for r in results if r]
        return JSONResponse({"ready": not failed, "failing": failed}, status_code=503 if failed else 200)


class ServiceClient:
    """Calls another service on behalf of `caller`. One per target, closed with the application."""

    def __init__(self, base_url: str, secret: SecretStr, timeout: float = 10.0) -> None:
        self._secret = secret
        self._http = httpx.AsyncClient(base_url=base_url, timeout=timeout)
        telemetry.instrument_client(self._http)

    async def request(self, caller: Caller, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """The raw response. Raises Problem 503 when the service cannot be reached in time."""
        headers = {"authorization": f"Bearer {issue(self._secret, caller)}", **kwargs.pop("headers", {})}
        try:
            return await self._http.request(method, path, headers=headers, **kwargs)
        except httpx.TransportError as error:
            raise Problem(503, "unavailable", "A part of Nitka does not answer right now; try again.") from error

    async def open(self, caller: Caller, path: str, **kwargs: Any) -> httpx.Response:
        """A GET whose body is still to be read (`aiter_raw`). The caller closes it (`aclose`).

        Raises Problem 503 as `request` does.
        """
        headers = {"authorization": f"Bearer {issue(self._secret, caller)}"}
        try:
            request = self._http.build_request("GET", path, headers=headers, **kwargs)
            return await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise Problem(503, "unavailable", "A part of Nitka does not answer right now; try again.") from error

    async def ready(self) -> None:
        """A readiness check: raises unless the service is alive."""
        (await self._http.get("/healthz")).raise_for_status()

    async def close(self) -> None:
        await self._http.aclose()


_GARBAGE_AFTER = 50_000
"""Objects made and kept before the collector looks for cycles. Python's own 700 is less than one batch makes:
parsing 500 messages took twice as long with it."""


def serve(app: FastAPI, settings: Settings) -> None:
    """Run the application until SIGTERM or SIGINT.

    `app.state.server.should_exit` says that it is about to stop: endless responses must end themselves then.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = app.state.server = uvicorn.Server(config)
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER, 20, 20)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(3)
