"""Servers that speak a corrector's protocol over real HTTP, and the service in front of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nitka.runtime.tokens import Caller, Role, issue
from nitka.writing.app import create_app
from nitka.writing.settings import WritingSettings

SECRET = "s" * 40

Service = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


class Remote:
    """A server that remembers what it was asked and gives `answers[path]`, made by a function or ready."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, Response | Callable[[bytes], Response]] = {}
        self.url = ""

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        self.asked.append((request.url.path, dict(request.headers), body))
        found = self.answers[request.url.path]
        return found if isinstance(found, Response) else found(body)


@pytest.fixture
async def remote() -> AsyncIterator[Remote]:
    found = Remote()
    app = Starlette(routes=[Route("/{path:path}", found.answer, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    found.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield found
    server.should_exit = True
    await running


@pytest.fixture
def service() -> Service:
    """`async with service(languagetool=url) as client`: the running service, and an agent's way to ask it."""

    @asynccontextmanager
    async def run(role: Role = Role.AGENT, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(WritingSettings(secret=SecretStr(SECRET), **settings))

        async def sign(request: httpx.Request) -> None:  # each anew: a token lives a minute
            request.headers["authorization"] = f"Bearer {issue(SecretStr(SECRET), Caller(id='ann', role=role))}"

        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport, base_url="http://writing", event_hooks={"request": [sign]}
            ) as client,
        ):
            client.event_hooks = {"request": [sign]}
            yield client

    return run
