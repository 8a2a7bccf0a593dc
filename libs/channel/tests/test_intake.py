"""Accepted means durable: delivered at once or spooled, drained in order, never lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from nitka.channel.intake import Intake
from nitka.channel.spool import ENTRY_OVERHEAD, Spool, SpoolFull
from nitka.runtime.publisher import PublishError


class Destination:
    """A destination that can be away, hang, or choke on one body."""

    def __init__(self) -> None:
        self.delivered: list[bytes] = []
        self.away = False
        self.hangs = False
        self.chokes_on = b"poison"

    async def deliver(self, bodies: Sequence[bytes]) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            raise PublishError("away")
        if self.chokes_on in bodies:
            raise ValueError("choked")
        self.delivered += bodies


@asynccontextmanager
async def draining(intake: Intake) -> AsyncIterator[None]:
    task = asyncio.create_task(intake.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until_empty(spool: Spool) -> None:
    async with asyncio.timeout(20):
        while len(spool):
            await asyncio.sleep(0.01)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, max_bytes=1024 * 1024)


async def test_delivers_at_once_when_it_can(spool: Spool) -> None:
    there = Destination()
    await Intake(spool, there.deliver).accept(b"1")
    assert there.delivered == [b"1"]
    assert not len(spool)


async def test_spools_while_away_and_drains_in_order_afterwards(spool: Spool) -> None:
    there = Destination()
    intake = Intake(spool, there.deliver)
    there.away = True
    for n in range(5):
        await intake.accept(b"%d" % n)
    there.away = False
    await intake.accept(b"5")
    assert there.delivered == [], "nothing overtakes what is spooled"
    async with draining(intake):
        await until_empty(spool)
    assert there.delivered == [b"0", b"1", b"2", b"3", b"4", b"5"]


async def test_a_destination_that_hangs_is_away(spool: Spool) -> None:
    there = Destination()
    there.hangs = True
    intake = Intake(spool, there.deliver, budget=0.01)
    await intake.accept(b"1")
    assert len(spool) == 1


async def test_continues_after_a_restart(tmp_path: Path) -> None:
    first, there = Spool(tmp_path, max_bytes=1024 * 1024), Destination()
    there.away = True
    await Intake(first, there.deliver).accept(b"kept")
    first.close()
    there.away = False
    second = Spool(tmp_path, max_bytes=1024 * 1024)
    async with draining(Intake(second, there.deliver)):
        await until_empty(second)
    assert there.delivered == [b"kept"]


async def test_what_cannot_be_delivered_is_set_aside_and_holds_nobody(spool: Spool, tmp_path: Path) -> None:
    there = Destination()
    intake = Intake(spool, there.deliver)
    there.away = True
    for body in (b"1", b"poison", b"2", b"3"):
        await intake.accept(body)
    there.away = False
    async with draining(intake):
        await until_empty(spool)
    assert there.delivered == [b"1", b"2", b"3"]
    assert [p.read_bytes() for p in tmp_path.glob("*.set-aside")] == [b"poison"]


async def test_says_no_when_it_cannot_keep_it(tmp_path: Path) -> None:
    there = Destination()
    there.away = True
    intake = Intake(Spool(tmp_path, max_bytes=ENTRY_OVERHEAD), there.deliver)
    with pytest.raises(SpoolFull):
        await intake.accept(b"too much")
