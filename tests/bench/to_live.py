"""Milliseconds from SMTP's 250 to the event at a browser's live stream, all services running."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import psycopg
from tests.bench.smtp_client import THREAD, Connection, mail

from nitka.local.testing import LocalStack

RATE = 50
"""Mails a second."""

WARM_UP = 100
"""First mails that are sent but not counted: connections open and caches fill."""


@dataclass
class Times:
    """When SMTP said 250, by message id, and when the event came, by conversation id (seconds of one clock)."""

    accepted: dict[UUID, float] = field(default_factory=dict)
    arrived: dict[UUID, float] = field(default_factory=dict)


def run(stack: LocalStack, count: int) -> dict[str, float]:
    """Send `count` first mails at RATE and watch one live stream."""
    times = asyncio.run(_play(stack, count + WARM_UP))
    with psycopg.connect(stack.postgres_dsn) as connection:
        rows = connection.execute("SELECT id, conversation_id FROM conversation.message").fetchall()
    conversation = {message: found for message, found in rows if message in times.accepted}
    order = sorted(times.accepted, key=times.accepted.__getitem__)[WARM_UP:]
    delays = sorted((times.arrived[conversation[m]] - times.accepted[m]) * 1000 for m in order)
    return {
        "mails": len(delays),
        "mails/s": RATE,
        "p50 ms": delays[len(delays) // 2],
        "p99 ms": delays[int(len(delays) * 0.99)],
        "max ms": delays[-1],
    }


async def _play(stack: LocalStack, count: int) -> Times:
    times = Times()
    async with httpx.AsyncClient(base_url=stack.url("gateway"), timeout=30) as http:
        login = {"email": stack.env["NITKA_DEMO_EMAIL"], "password": stack.env["NITKA_DEMO_PASSWORD"]}
        (await http.post("/api/session", json=login, headers={"x-nitka-request": "1"})).raise_for_status()
        watching = asyncio.create_task(_watch(http, times, count))
        await asyncio.sleep(1)
        await _send(stack.settings.ports["smtp"], times, count)
        await asyncio.wait_for(watching, 60)
    return times


async def _send(port: int, times: Times, count: int) -> None:
    connections = [await Connection.open("127.0.0.1", port) for _ in range(8)]
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)

    async def one(number: int) -> None:
        connection = await free.get()
        accepted = await connection.send(mail("live", number * THREAD))
        times.accepted[UUID(accepted)] = time.perf_counter()
        free.put_nowait(connection)

    begun = time.perf_counter()
    sending = []
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        sending.append(asyncio.create_task(one(number)))
    await asyncio.gather(*sending)
    for connection in connections:
        connection.close()


async def _watch(http: httpx.AsyncClient, times: Times, count: int) -> None:
    async with http.stream("GET", "/api/live", timeout=None) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and '"conversation.message_received"' in line:
                event = json.loads(line[5:])
                times.arrived.setdefault(UUID(event["conversation_id"]), time.perf_counter())
                if len(times.arrived) >= count:
                    return
