"""The gateway, wired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import psycopg
import psycopg_pool
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from nitka.gateway.api import (
    app_files,
    conversations,
    images,
    live,
    mail,
    others,
    personal,
    rating,
    session,
    settings,
    writing,
)
from nitka.gateway.api.access import Parts, ProblemView, own_page
from nitka.gateway.api.guard import Guard, guard_unexpected
from nitka.gateway.consumers import Ear, Feed
from nitka.gateway.domain import HERE_PER_AGENT, Pace, Role, works_with_conversations
from nitka.gateway.settings import GatewaySettings
from nitka.gateway.store import SCHEMA
from nitka.gateway.store.accounts import Accounts
from nitka.gateway.store.here import Whereabouts
from nitka.gateway.store.live import LiveLog
from nitka.gateway.store.passwords import Passwords
from nitka.gateway.store.personal import Personal
from nitka.gateway.store.pictures import Pictures
from nitka.gateway.store.signals import Signals
from nitka.gateway.store.streams import OpenStreams
from nitka.runtime import http, logs, postgres, tokens
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller

COLLEAGUES = (
    ("ola@nitka.example", "Ola Nowak", Role.AGENT),
    ("joao@nitka.example", "João Silva", Role.AGENT),
    ("maria@nitka.example", "Maria Costa", Role.SUPERVISOR),
)
"""Beside the demo account, to try out what takes two."""

_SWEEP_SECONDS = 1.0
_SEEN_SECONDS = 20.0
"""How often it is said again who has the app open: three times before routing takes them for gone."""
_SELF = Caller(id="gateway", role=tokens.Role.SERVICE)
_log = logs.get("app")


def create_app(settings: GatewaySettings) -> FastAPI:
    """The application; it connects when it starts."""
    pool = postgres.pool(settings.postgres, SCHEMA)
    log, streams = LiveLog(settings.kafka), OpenStreams()
    signals, whereabouts = Signals(pool, settings.postgres), Whereabouts(streams)
    parts = Parts(
        settings=settings,
        accounts=Accounts(pool, Passwords()),
        services={
            "conversation": http.ServiceClient(settings.conversation_url, settings.secret, timeout=30),
            "routing": http.ServiceClient(settings.routing_url, settings.secret, timeout=30),
            "customer_profile": http.ServiceClient(settings.customer_profile_url, settings.secret),
            "reporting": http.ServiceClient(settings.reporting_url, settings.secret, timeout=60),
            "ingest_email": http.ServiceClient(settings.ingest_email_url, settings.secret),
            "writing": http.ServiceClient(settings.writing_url, settings.secret, timeout=120),
        },
        log=log,
        streams=streams,
        personal=Personal(pool),
        signals=signals,
        whereabouts=whereabouts,
        here_pace=Pace(HERE_PER_AGENT),
        pictures=Pictures(),
    )
    feed, ear = Feed(log, streams), Ear(signals, whereabouts)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with pool:
            await _add_demo_accounts(parts)
            tasks = [
                asyncio.create_task(each)
                for each in (feed.run(), ear.run(), _end_streams(app, parts), _say_who_is_there(parts))
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                for client in parts.services.values():
                    await client.close()
                await parts.pictures.close()

    async def database() -> None:
        await postgres.check(pool)

    app = http.create_api(
        "gateway",
        settings.secret,
        lifespan=lifespan,
        checks={"postgres": database, "live": feed.ready},
        description="One shared inbox: conversations, customers, reports, and what changes, live.",
    )
    app.state.parts = parts
    app.include_router(_api())
    app.include_router(rating.router)
    app.include_router(app_files.router)
    app.add_middleware(Guard, secure=parts.secure)
    guard_unexpected(app, secure=parts.secure)
    return app


def _api() -> APIRouter:
    api = APIRouter(
        prefix="/api",
        dependencies=[Depends(own_page)],
        generate_unique_id_function=_operation_id,
        responses={"4XX": {"model": ProblemView, "description": "Refused"}},
    )
    for part in (session, personal, conversations, images, settings, others, writing, mail, live):
        api.include_router(part.router)
    return api


def _operation_id(route: APIRoute) -> str:
    return route.name


async def _add_demo_accounts(parts: Parts) -> None:
    email, password = parts.settings.demo_email, parts.settings.demo_password
    if not email or password is None:
        return
    await parts.accounts.put(email, "Demo", Role.ADMIN, password.get_secret_value())
    for address, name, role in COLLEAGUES:
        await parts.accounts.put(address, name, role, password.get_secret_value())


async def _end_streams(app: FastAPI, parts: Parts) -> None:
    """End the streams of sessions that are over, and all of them when the process is about to stop."""
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        server = getattr(app.state, "server", None)
        if server is not None and server.should_exit:
            parts.streams.end(parts.streams.keys())
            continue
        with suppress(psycopg.Error, psycopg_pool.PoolTimeout):  # asked again in a second
            parts.streams.end(await parts.accounts.ended(parts.streams.keys(), datetime.now(UTC)))


async def _say_who_is_there(parts: Parts) -> None:
    """Tell routing whose streams are open here: of a new one at once, of all now and then."""
    routing, clock = parts.services["routing"], asyncio.get_running_loop()
    said: dict[str, float] = {}
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        now = clock.time()
        said = {agent: at for agent, at in said.items() if now - at < _SEEN_SECONDS}
        there = {stream.agent_id for stream in parts.streams if works_with_conversations(stream.role)}
        if not there - said.keys():
            continue
        with suppress(Problem):  # said again in a second
            answer = await routing.request(_SELF, "POST", "/presence/seen", json={"agents": sorted(there)})
            if answer.status_code == 204:
                said = dict.fromkeys(there, now)
