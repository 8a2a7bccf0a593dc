"""Real processes are killed, frozen and orphaned."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path

import pytest

from nitka.local import checks, supervisor
from nitka.local.processes import Part, PartFailed, unprivileged
from nitka.local.supervisor import Supervisor
from nitka.local.testing import free_port

# Greets like a mail server; writes its own number so that the test knows one from the next.
SERVER = """
import os, socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("pid", os.getpid(), "uid", os.getuid(), flush=True)
while True:
    connection, _ = server.accept()
    connection.sendall(b"220 hello\\r\\n")
    connection.close()
"""


def server(name: str, port: int, **more: object) -> Part:
    return Part(
        name=name,
        command=lambda: [sys.executable, "-S", "-c", SERVER, str(port)],
        ready=partial(checks.smtp, "127.0.0.1", port),
        **more,  # type: ignore[arg-type]
    )


def pids(logs: Path, name: str) -> list[int]:
    return [int(line.split()[1]) for line in (logs / f"{name}.log").read_text().splitlines()]


async def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
async def running(tmp_path: Path) -> AsyncGenerator[tuple[Supervisor, list[str]]]:
    said: list[str] = []
    keeper = Supervisor(tmp_path, said.append)
    yield keeper, said
    await keeper.stop()


async def test_a_killed_part_is_started_again(tmp_path: Path, running: tuple[Supervisor, list[str]]) -> None:
    port = free_port()
    await running[0].start([server("one", port)])
    os.kill(pids(tmp_path, "one")[0], signal.SIGKILL)
    await eventually(lambda: len(pids(tmp_path, "one")) == 2)
    await eventually(lambda: len(running[1]) == 3)
    assert [next(w for w in ("ready after", "ended with code -9") if w in line) for line in running[1]] == [
        "ready after",
        "ended with code -9",
        "ready after",
    ]


async def test_a_hung_part_is_started_again(
    tmp_path: Path, running: tuple[Supervisor, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "ASK_EVERY", 0.1)
    monkeypatch.setattr(supervisor, "SILENCE", 2)
    monkeypatch.setattr(checks, "TIMEOUT", 0.2)
    await running[0].start([server("one", free_port())])
    [pid] = pids(tmp_path, "one")
    os.kill(pid, signal.SIGSTOP)
    await eventually(lambda: len(pids(tmp_path, "one")) == 2)
    assert gone(pid)


async def test_stages_stop_in_reverse_order(tmp_path: Path) -> None:
    keeper, ended = Supervisor(tmp_path, lambda _: None), []
    await keeper.start([server("first", free_port())])
    await keeper.start([server("second", free_port()), server("third", free_port())])
    all_pids = {name: pids(tmp_path, name)[0] for name in ("first", "second", "third")}
    stopping = asyncio.create_task(keeper.stop())
    while not stopping.done() or len(ended) < 3:
        ended += [name for name, pid in all_pids.items() if name not in ended and gone(pid)]
        await asyncio.sleep(0)
    assert ended[-1] == "first"


async def test_a_part_that_ends_at_once_is_named_with_its_last_words(
    tmp_path: Path, running: tuple[Supervisor, list[str]]
) -> None:
    part = Part(
        name="broken",
        command=lambda: [sys.executable, "-c", "raise SystemExit('no disk')"],
        ready=partial(checks.smtp, "127.0.0.1", free_port()),
    )
    with pytest.raises(PartFailed, match=r"(?s)broken ended with code 1.*no disk"):
        await running[0].start([part])
    with pytest.raises(PartFailed, match="no disk"):
        await running[0].start([], before_next=part)


def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    port = free_port()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(port), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    children = [*pids(tmp_path, "plain"), *pids(tmp_path, "other-user")]
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while not all(map(gone, children)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


PARENT = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_supervisor import server
from nitka.local.processes import unprivileged
from nitka.local.supervisor import Supervisor

async def main():
    keeper = Supervisor(Path(sys.argv[1]), lambda _: None)
    port = int(sys.argv[2])
    await keeper.start([server("plain", port), server("other-user", port + 1, user=unprivileged())])
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_another_user_still_reaches_a_private_folder(
    tmp_path: Path, running: tuple[Supervisor, list[str]]
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "script.py").write_text(f"import os; assert os.access(__file__, os.R_OK); {SERVER}")
    port, user = free_port(), unprivileged()
    assert user is not None
    part = Part(
        name="one",
        command=lambda: [sys.executable, str(private / "script.py"), str(port)],
        ready=partial(checks.smtp, "127.0.0.1", port),
        user=user,
    )
    await running[0].start([part])
    assert f"uid {user.uid}" in (tmp_path / "one.log").read_text()


def test_a_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
