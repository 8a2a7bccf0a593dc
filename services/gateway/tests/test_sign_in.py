from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from nitka.gateway.domain import LOGINS_PER_ADDRESS, LOGINS_PER_EMAIL, SESSION_LIFETIME, Limit, Role
from nitka.gateway.store import SCHEMA, migrate
from nitka.gateway.store.accounts import Accounts, session_key
from nitka.gateway.store.passwords import Passwords
from nitka.runtime import postgres

pytestmark = pytest.mark.stack
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
RIGHT = {"email": "Demo@nitka.example", "password": "correct horse battery"}


async def test_signing_in_and_out(gateway: Any, visit: Any, postgres_dsn: str) -> None:
    async with gateway() as app, visit(app) as client:
        assert (await client.get("/api/session")).status_code == 401
        answer = await client.post("/api/session", json=RIGHT)
        assert answer.json()["name"] == "Demo" and answer.json()["role"] == "admin"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
        assert (await client.get("/api/session")).json()["email"] == "demo@nitka.example"
        names = [a["name"] for a in (await client.get("/api/agents")).json()]
        assert names == ["Demo", "João Silva", "Maria Costa", "Ola Nowak"]

        token = client.cookies["nitka"]
        with psycopg.connect(postgres_dsn) as connection:
            [(stored,)] = connection.execute("SELECT token_hash FROM gateway.session").fetchall()
        assert stored == session_key(token) and token.encode() not in stored

        assert (await client.delete("/api/session")).status_code == 204
        client.cookies.set("nitka", token)  # a copy that somebody kept
        assert (await client.get("/api/session")).status_code == 401


async def test_cookies_are_for_https_only_where_the_public_address_is(gateway: Any, visit: Any) -> None:
    async with gateway(public_url="https://inbox.example.com") as app, visit(app) as client:
        answer = await client.post("/api/session", json=RIGHT)
        assert answer.headers["set-cookie"].startswith("__Host-nitka=")
        assert "secure" in answer.headers["set-cookie"].lower()
        assert "max-age" in answer.headers["strict-transport-security"]


async def test_an_unknown_address_and_a_wrong_password_look_the_same(gateway: Any, visit: Any) -> None:
    async with gateway() as app, visit(app) as client:
        wrong = await client.post("/api/session", json={**RIGHT, "password": "wrong"})
        unknown = await client.post("/api/session", json={"email": "who@nitka.example", "password": "wrong"})
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.content == unknown.content


async def test_a_change_from_another_sites_page_is_refused(gateway: Any, visit: Any) -> None:
    async with gateway() as app, visit(app, headers={"x-nitka-request": "0"}) as client:
        for method, path in (("POST", "/api/session"), ("DELETE", "/api/session"), ("POST", "/api/serve-next")):
            answer = await client.request(method, path, json=RIGHT)
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


async def test_every_api_route_except_signing_in_needs_a_session(gateway: Any, visit: Any) -> None:
    some_id = "6f1c2f9e-7a35-5b7e-9f0a-3f6d6d0c5a11"
    async with gateway() as app, visit(app) as client:
        asked = 0
        for path, operations in app.openapi()["paths"].items():
            for method in operations:
                if (method, path) == ("post", "/api/session"):
                    continue
                url = re.sub(r"{\w+}", some_id, path)
                answer = await client.request(method, url, json={})
                assert answer.status_code == 401, f"{method} {path}"
                asked += 1
        assert asked > 30


async def test_guessing_is_slowed_down_by_address_of_mail_and_of_network(gateway: Any, visit: Any) -> None:
    async with gateway() as app:
        async with visit(app) as client:
            wrong = {**RIGHT, "password": "wrong"}
            for _ in range(LOGINS_PER_EMAIL.attempts):
                assert (await client.post("/api/session", json=wrong)).status_code == 401
            blocked = await client.post("/api/session", json=RIGHT)
            assert blocked.status_code == 429
            assert 0 < int(blocked.headers["retry-after"]) <= LOGINS_PER_EMAIL.window.total_seconds()
        parts = app.state.parts
        for _ in range(LOGINS_PER_ADDRESS.attempts):
            await parts.accounts.count_attempt(LOGINS_PER_ADDRESS, "login address 10.0.0.9", datetime.now(UTC))
        async with visit(app, "10.0.0.9") as client:
            other = {"email": "ola@nitka.example", "password": RIGHT["password"]}
            assert (await client.post("/api/session", json=other)).status_code == 429
        async with visit(app, "10.0.0.10") as client:
            assert (await client.post("/api/session", json=other)).status_code == 200


async def test_an_office_behind_one_address_can_sign_in(gateway: Any, visit: Any) -> None:
    async with gateway() as app, visit(app) as client:
        now, where = datetime.now(UTC), "login address 10.0.0.1"
        for _ in range(LOGINS_PER_ADDRESS.attempts - 1):
            await app.state.parts.accounts.count_attempt(LOGINS_PER_ADDRESS, where, now)
        for _ in range(3):
            assert (await client.post("/api/session", json=RIGHT)).status_code == 200
        for expected in (401, 429):
            answer = await client.post("/api/session", json={**RIGHT, "password": "wrong"})
            assert answer.status_code == expected


async def accounts_of(dsn: str) -> Any:
    migrate(dsn)
    pool = postgres.pool(dsn, SCHEMA)
    await pool.open()
    return pool, Accounts(pool, Passwords())


async def test_a_session_ends_twelve_hours_after_its_last_use(postgres_dsn: str) -> None:
    pool, accounts = await accounts_of(postgres_dsn)
    async with pool:
        agent = await accounts.put("ola@nitka.example", "Ola", Role.AGENT, "a password of hers")
        token = await accounts.begin_session(agent, NOW)
        later = NOW + SESSION_LIFETIME - timedelta(minutes=1)
        assert (await accounts.session(token, later)).agent == agent
        assert await accounts.session(token, later + timedelta(hours=11)) is not None
        assert await accounts.ended([session_key(token)], later) == set()
        assert await accounts.session(token, later + timedelta(hours=24)) is None
        assert await accounts.ended([session_key(token)], later + timedelta(hours=24)) == {session_key(token)}


async def test_a_new_password_ends_sessions_and_the_same_one_does_not(postgres_dsn: str) -> None:
    pool, accounts = await accounts_of(postgres_dsn)
    async with pool:
        agent = await accounts.put("ola@nitka.example", "Ola", Role.AGENT, "a password of hers")
        token = await accounts.begin_session(agent, NOW)
        again = await accounts.put("OLA@nitka.example", "Ola Nowak", Role.SUPERVISOR, "a password of hers")
        assert (again.id, again.name, again.role) == (agent.id, "Ola Nowak", Role.SUPERVISOR)
        assert (await accounts.session(token, NOW)).agent == again
        await accounts.put("ola@nitka.example", "Ola", Role.AGENT, "another password")
        assert await accounts.session(token, NOW) is None
        assert await accounts.authenticate("ola@nitka.example", "a password of hers") is None
        assert await accounts.authenticate("ola@nitka.example", "another password") is not None


async def test_attempts_are_counted_in_windows_however_many_come_at_once(postgres_dsn: str) -> None:
    pool, accounts = await accounts_of(postgres_dsn)
    limit = Limit(10, timedelta(minutes=1))
    async with pool:
        waits = await asyncio.gather(*(accounts.count_attempt(limit, "x", NOW) for _ in range(15)))
        assert sorted(waits) == [0] * 10 + [60] * 5
        assert await accounts.count_attempt(limit, "other", NOW) == 0
        assert await accounts.count_attempt(limit, "x", NOW + timedelta(seconds=61)) == 0


def test_an_account_can_be_added_from_the_command_line(postgres_dsn: str) -> None:
    migrate(postgres_dsn)
    command = [sys.executable, "-m", "nitka.gateway", "add-agent", "--email", "Eva@shop.example", "--name", "Eva"]
    env = {**os.environ, "NITKA_POSTGRES": postgres_dsn, "NITKA_SECRET": "s" * 32}
    short = subprocess.run(command, env=env, input="short\n", capture_output=True, text=True, check=False)
    assert short.returncode == 2 and "10 characters" in short.stderr
    added = subprocess.run(
        command, env=env, input="long enough word\n", capture_output=True, text=True, check=True
    )

    async def look() -> Any:
        pool, accounts = await accounts_of(postgres_dsn)
        async with pool:
            return await accounts.authenticate("eva@shop.example", "long enough word")

    agent = asyncio.run(look())
    assert agent.id == added.stdout.strip() and agent.role is Role.AGENT
