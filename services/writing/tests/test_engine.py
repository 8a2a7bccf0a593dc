"""Starting a server on demand, with a command that stands for it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nitka.api.writing import CorrectorState
from nitka.local.testing import free_port
from nitka.runtime.http import Problem
from nitka.writing.engine import Engine

SERVER = """
import http.server, os, pathlib, sys, time
home, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
print("some noise", flush=True)
print("fetching 40%", flush=True)
while not (home / "fetched").exists():
    time.sleep(0.01)
sys.stdout.close()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
(home / "pid").write_text(str(os.getpid()))
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


async def until(engine: Engine, *states: CorrectorState) -> None:
    async with asyncio.timeout(30):
        while engine.state().state not in states:
            await asyncio.sleep(0.01)


@pytest.fixture
def engine(tmp_path: Path) -> Callable[..., Engine]:
    def make(**more: float) -> Engine:
        port = free_port()
        command = [sys.executable, "-c", SERVER, str(tmp_path), str(port)]
        return Engine(f"http://127.0.0.1:{port}", command, **more)

    return make


def running(home: Path) -> bool:
    return Path(f"/proc/{(home / 'pid').read_text()}").exists()


async def gone(home: Path) -> None:
    async with asyncio.timeout(30):
        while running(home):
            await asyncio.sleep(0.01)


async def test_from_off_to_ready_and_again_after_a_crash(engine: Callable[..., Engine], tmp_path: Path) -> None:
    one = engine()
    assert one.state().state is CorrectorState.OFF
    for _ in range(3):
        with pytest.raises(Problem) as refused:
            one.use()
        assert (refused.value.status, refused.value.code) == (503, "starting")
    await until(one, CorrectorState.FETCHING)
    assert one.state().progress == 40
    (tmp_path / "fetched").touch()
    await until(one, CorrectorState.READY)
    one.use()
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    await until(one, CorrectorState.OFF)
    with pytest.raises(Problem, match="being started"):
        one.use()
    await until(one, CorrectorState.READY)
    assert running(tmp_path)
    await one.close()
    assert not running(tmp_path)
    assert one.state().state is CorrectorState.OFF


async def test_a_server_that_nobody_uses_is_stopped(engine: Callable[..., Engine], tmp_path: Path) -> None:
    one = engine(idle=0.0)
    (tmp_path / "fetched").touch()
    with pytest.raises(Problem):
        one.use()
    await until(one, CorrectorState.OFF)
    await gone(tmp_path)
    await one.close()


async def test_closing_in_the_middle_of_the_start(engine: Callable[..., Engine]) -> None:
    one = engine()
    with pytest.raises(Problem):
        one.use()
    await until(one, CorrectorState.FETCHING)
    await one.close()
    assert one.state().state is CorrectorState.OFF


@pytest.mark.parametrize("command", [["/nowhere/languagetool"], [sys.executable, "-c", "raise SystemExit(3)"]])
async def test_a_command_that_fails_is_not_tried_again_at_once(command: list[str]) -> None:
    one = Engine(f"http://127.0.0.1:{free_port()}", command)
    with pytest.raises(Problem, match="being started"):
        one.use()
    await until(one, CorrectorState.OFF)
    with pytest.raises(Problem) as refused:
        one.use()
    assert refused.value.code == "corrector_unavailable"
    await one.close()


async def test_a_server_that_runs_by_itself_is_always_ready() -> None:
    one = Engine("http://127.0.0.1:9", ())
    one.use()
    assert one.state().state is CorrectorState.READY
    await one.close()
