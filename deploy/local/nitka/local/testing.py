"""The same parts for tests: on free ports in a folder of their own, started, killed and paused at will."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from nitka.local import stack
from nitka.local.processes import Part, PartFailed, Running, open_log
from nitka.local.settings import PORTS, LocalSettings, load, port_setting

READY_WITHIN = 120.0
"""Seconds that a part has to become ready; generous, since a test machine may be busy."""

RESTARTS = 10

_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on and that was not given before.

    Below the range that the system takes for outgoing connections, so that none of those can grab it meanwhile.
    """
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port not in _given and probe.connect_ex(("127.0.0.1", port)) != 0:
                _given.add(port)
                return port


def _family(pid: int) -> list[int]:
    """A process that runs and its children, parents first: PostgreSQL's have process groups of their own."""
    try:
        children = [
            c for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(member for child in children for member in _family(int(child)))]


class LocalStack:
    """Parts of the stack under a test's control. All methods are synchronous; stop it with `close`.

    Start parts from the main thread only: they end with the thread that started them.
    """

    def __init__(self, home: Path, servers: Mapping[str, str] | None = None) -> None:
        """`servers`: settings of servers that run elsewhere (NITKA_KAFKA, ...); those parts are not started."""
        ports = {port_setting(name): str(free_port()) for name in PORTS}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("NITKA_")}
        given = {**inherited, **ports, **(servers or {}), "NITKA_HOME": str(home)}
        self.settings: LocalSettings = load(home, given)
        self.env = stack.environment(self.settings)
        self.home = home
        self.kafka = self.settings.kafka_servers
        self.postgres_dsn = self.settings.postgres_dsn
        self.blobs = self.env["NITKA_BLOBS"]
        self.running: dict[str, Running] = {}

    def start_infrastructure(self, services: Iterable[str] = ()) -> None:
        """Start Kafka and PostgreSQL, create the database, the topics and the tables of `services`."""
        self._start(stack.infrastructure(self.settings))
        self.prepare(*services)

    def prepare(self, *services: str) -> None:
        """Create what is missing: the database, the topics, the tables of `services`."""
        command = [sys.executable, "-m", "nitka.local.prepare", *services]
        with open_log(self.settings.logs, "prepare") as log:
            done = subprocess.run(command, env=self.env, stdout=log, stderr=log, check=False)  # noqa: S603
        if done.returncode != 0:
            raise PartFailed((self.settings.logs / "prepare.log").read_text()[-2000:])

    def start(self, *services: str, env: Mapping[str, str] | None = None) -> None:
        """Start services (and `mailbox`) with `env` over the stack's settings; returns when all are ready."""
        merged = {**self.env, **(env or {})}
        parts = [
            stack.mailbox(self.settings, merged)
            if name == "mailbox"
            else stack.service(name, self.settings, merged)
            for name in services
        ]
        self._start(parts)

    def _start(self, parts: Iterable[Part]) -> None:
        started = []
        for part in parts:
            self.running[part.name] = Running(part, part.command(), self.settings.logs)
            started.append(self.running[part.name])
        for running in started:
            running.wait_ready(READY_WITHIN)

    def url(self, name: str) -> str:
        """The HTTP address of a service or of the mailbox page."""
        return self.settings.url(name)

    def pid(self, name: str) -> int:
        return self.running[name].pid

    def log(self, name: str) -> str:
        """What a part has written."""
        return (self.settings.logs / f"{name}.log").read_text(errors="replace")

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash; returns when the part is gone."""
        running = self.running[name]
        running.signal(signal.SIGKILL)
        running.process.wait()

    def pause(self, name: str) -> None:
        """Freeze a part with all its children: it keeps its connections and answers nothing."""
        for pid in _family(self.pid(name)):
            os.kill(pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Undo `pause`."""
        for pid in _family(self.pid(name)):
            os.kill(pid, signal.SIGCONT)

    def restart(self, name: str) -> None:
        """Start a part again after `kill` or `stop`, as it was; returns when it is ready.

        Tried again like the supervisor does: PostgreSQL refuses to start while orphans of a killed one live.
        """
        part = self.running[name].part
        for _ in range(RESTARTS):
            try:
                return self._start([part])
            except PartFailed:
                time.sleep(0.5)
        return self._start([part])

    def stop(self, *names: str) -> None:
        """Stop parts in order; without names, every one except Kafka and PostgreSQL."""
        chosen = names or [n for n in reversed(self.running) if n not in ("kafka", "postgres")]
        for name in chosen:
            self.running[name].stop()

    def close(self) -> None:
        """Stop everything."""
        for name, running in reversed(self.running.items()):
            self.resume(name)
            running.stop()
        self.running.clear()
