"""The spool keeps what it acknowledged, in order, whatever happens to the process."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitka.channel.spool import ENTRY_OVERHEAD, Spool, SpoolFull, SpoolInUse

MIB = 1024 * 1024


async def bodies(spool: Spool) -> list[bytes]:
    return [e.body for e in await spool.oldest(10_000, MIB)] if len(spool) else []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=200), st.sampled_from(["remove", "reopen", "set aside"])), max_size=30)
)
def test_behaves_like_a_queue_that_survives_reopening(steps: list[bytes | str]) -> None:
    async def play(folder: Path) -> None:
        spool, expected = Spool(folder, max_bytes=MIB), []
        for step in steps:
            if isinstance(step, bytes):
                await spool.append(step)
                expected.append(step)
            elif step == "reopen":
                spool.close()
                spool = Spool(folder, max_bytes=MIB)
            elif expected:
                (entry,) = await spool.oldest(1, 1)
                assert entry.body == expected.pop(0)
                spool.remove(entry) if step == "remove" else spool.set_aside(entry)
            assert await bodies(spool) == expected
        spool.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))


async def test_is_bounded_and_has_room_again_after_delivery(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=2 * (ENTRY_OVERHEAD + 10))
    await spool.append(b"x" * 10)
    await spool.append(b"y" * 10)
    with pytest.raises(SpoolFull):
        await spool.append(b"")
    spool.remove((await spool.oldest(1, MIB))[0])
    await spool.append(b"z" * 10)
    assert await bodies(spool) == [b"y" * 10, b"z" * 10]


async def test_what_was_set_aside_still_counts(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=ENTRY_OVERHEAD + 10)
    await spool.append(b"x" * 10)
    path = spool.set_aside((await spool.oldest(1, MIB))[0])
    assert path.read_bytes() == b"x" * 10
    with pytest.raises(SpoolFull):
        await spool.append(b"")
    spool.close()
    with pytest.raises(SpoolFull):
        await Spool(tmp_path, max_bytes=ENTRY_OVERHEAD + 10).append(b"")


async def test_a_disk_that_refuses_is_a_full_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, max_bytes=MIB)

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(SpoolFull):
            await spool.append(b"lost?")
    await spool.append(b"kept")
    assert await bodies(spool) == [b"kept"]
    assert not list(tmp_path.glob("*.partial"))


async def test_a_batch_is_bounded_by_bytes_but_never_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=MIB)
    for body in (b"a" * 9000, b"b" * 10, b"c" * 10):
        await spool.append(body)
    assert [e.body[:1] for e in await spool.oldest(10, 100)] == [b"a"]
    assert [e.body[:1] for e in await spool.oldest(10, 9000 + 2 * ENTRY_OVERHEAD + 10)] == [b"a", b"b"]


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    first = Spool(tmp_path, max_bytes=MIB)
    with pytest.raises(SpoolInUse):
        Spool(tmp_path, max_bytes=MIB)
    first.close()
    Spool(tmp_path, max_bytes=MIB).close()


async def test_a_torn_write_is_no_entry(tmp_path: Path) -> None:
    (tmp_path / f"{7:020d}.partial").write_bytes(b"half")
    spool = Spool(tmp_path, max_bytes=MIB)
    await spool.append(b"whole")
    assert await bodies(spool) == [b"whole"]


APPENDS_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from nitka.channel.spool import Spool

async def main():
    spool = Spool(Path(sys.argv[1]), max_bytes=1 << 30)
    async def one(n):
        await spool.append(str(n).encode() * 100)
        print(n, flush=True)
    n = 0
    while True:
        await asyncio.gather(*(one(n + i) for i in range(4)))
        n += 4

asyncio.run(main())
"""


@pytest.mark.faults
async def test_what_was_acknowledged_survives_sigkill(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    for round_ in range(3):
        folder = tmp_path / str(round_)
        process = subprocess.Popen([sys.executable, "-c", APPENDS_FOR_EVER, str(folder)], stdout=subprocess.PIPE)
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
        process.wait()
        process.stdout.close()
        acknowledged = {int(line) for line in lines if line.endswith(b"\n")}
        spool = Spool(folder, max_bytes=1 << 30)
        kept = [e.body for e in await spool.oldest(100_000, 1 << 30)]
        spool.close()
        assert len(acknowledged) >= 50
        assert {str(n).encode() * 100 for n in acknowledged} <= set(kept)
        assert len(kept) == len(set(kept))
