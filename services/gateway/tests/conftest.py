"""A gateway in this process on the real PostgreSQL and Kafka, and a browser's way to talk to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nitka.api.personal import Mine
from nitka.gateway.app import create_app
from nitka.gateway.domain import Role
from nitka.gateway.settings import GatewaySettings
from nitka.gateway.store import migrate
from nitka.gateway.store.signals import MineSignal
from nitka.gateway.store.streams import Stream

PASSWORD = "correct horse battery"
EMAIL = "demo@nitka.example"

Gateway = Callable[..., Any]


def browser(app: FastAPI, address: str = "10.0.0.1", **kwargs: Any) -> httpx.AsyncClient:
    """A client of the application whose page sends the header that our own page sends."""
    transport = httpx.ASGITransport(
        app=app, client=(address, 4000), raise_app_exceptions=kwargs.pop("raise_app_exceptions", True)
    )
    headers = {"x-nitka-request": "1", **kwargs.pop("headers", {})}
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers, **kwargs)


@pytest.fixture
def gateway(postgres_dsn: str, kafka: str, tmp_path: Path) -> Gateway:
    """`async with gateway(setting=...) as app`: a running application with the demo accounts."""
    migrate(postgres_dsn)

    @asynccontextmanager
    async def run(**changes: Any) -> AsyncIterator[FastAPI]:
        values: dict[str, Any] = {
            "secret": "s" * 32,
            "postgres": postgres_dsn,
            "kafka": kafka,
            "ui_dir": tmp_path / "ui",
            "demo_email": EMAIL,
            "demo_password": PASSWORD,
            **changes,
        }
        app = create_app(GatewaySettings(**values))
        async with app.router.lifespan_context(app):
            yield app

    return run


@pytest.fixture
def sign_in() -> Gateway:
    """`async with sign_in(app) as client`: the browser of the demo account (or another), signed in."""

    @asynccontextmanager
    async def enter(
        app: FastAPI, email: str = EMAIL, password: str = PASSWORD
    ) -> AsyncIterator[httpx.AsyncClient]:
        async with browser(app) as client:
            answer = await client.post("/api/session", json={"email": email, "password": password})
            assert answer.status_code == 200, answer.text
            yield client

    return enter


@pytest.fixture
def hears() -> Callable[[FastAPI], Awaitable[None]]:
    """`await hears(app)`: returns as soon as this gateway hears what is told among the gateways."""

    async def wait(app: FastAPI) -> None:
        probe = Stream(b"", "probe", Role.AGENT, "")
        word = MineSignal(agent_id="probe", mine=Mine(what="read"))
        app.state.parts.streams.add(probe)
        async with asyncio.timeout(30):
            while not probe.waits():
                await app.state.parts.signals.send(word)
                await asyncio.sleep(0.02)
        app.state.parts.streams.remove(probe)

    return wait


@pytest.fixture
def visit() -> Callable[..., httpx.AsyncClient]:
    """A browser that is not signed in."""
    return browser
