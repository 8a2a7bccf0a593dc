"""`make run`: the whole stack, from the first check to the last stopped process."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Collection, Coroutine, Iterable, Iterator
from pathlib import Path

from nitka.local import stack
from nitka.local.java import java
from nitka.local.processes import PartFailed, ToolMissing
from nitka.local.settings import LocalSettings
from nitka.local.supervisor import Supervisor

GONE_WITHIN = 10.0
"""Seconds that the children of a run that was killed have to finish."""


class CannotStart(RuntimeError):
    """The stack cannot start; the message is one line that says why and what to do."""


async def run(settings: LocalSettings, only: Collection[str] = ()) -> None:
    """Run the stack, or `only` some of its parts, until SIGINT, SIGTERM or SIGHUP. Raises CannotStart."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with _alone(settings.home) as left_over:
        await _check(settings, only, GONE_WITHIN if left_over else 0)
        supervisor = Supervisor(settings.logs, _say)
        try:
            if await _unless(stopped, _start(supervisor, settings, only)):
                await stopped.wait()
        except (PartFailed, ToolMissing) as error:
            raise CannotStart(str(error)) from error
        finally:
            _say("Stopping ...")
            await supervisor.stop()
            endpoints_file(settings.home).unlink(missing_ok=True)
        _say(f"Stopped. The data stays in {settings.home}.")


async def _unless(stopped: asyncio.Event, work: Coroutine[None, None, None]) -> bool:
    """Do `work`, broken off when `stopped` is set. Returns whether it was done."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stopped.wait())
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not doing.done():
        doing.cancel()
        await asyncio.wait({doing})
    return not doing.cancelled() and doing.result() is None


async def _start(supervisor: Supervisor, settings: LocalSettings, only: Collection[str]) -> None:
    began = time.monotonic()
    _say("Starting Nitka ...")
    env = stack.environment(settings)
    services = [name for name in stack.SERVICES if _wanted(name, only)]
    infrastructure = [part for part in stack.infrastructure(settings) if _wanted(part.name, only)]
    await supervisor.start(infrastructure, before_next=stack.preparation(services, env) if services else None)
    world = [stack.mailbox(settings, env)] if _wanted("mailbox", only) else []
    await supervisor.start([*world, *(stack.service(name, settings, env) for name in services)])
    if only:
        _say("Running: " + ", ".join(only))
        return
    announce(settings, env, time.monotonic() - began)


def _wanted(name: str, only: Collection[str]) -> bool:
    return not only or name in only


def announce(settings: LocalSettings, env: dict[str, str], seconds: float) -> None:
    """Tell the person and the scripts that all is up, and where."""
    smtp = f"{settings.host}:{settings.ports['smtp']}"
    login = {"email": env["NITKA_DEMO_EMAIL"], "password": env["NITKA_DEMO_PASSWORD"]}
    _say(
        f"""
Nitka is up ({seconds:.0f} s).

  Open      {settings.url("gateway")}
  Log in    {login["email"]}   {login["password"]}
  Mailbox   {settings.url("mailbox")}   (what your customers get, and where they answer)
  Analysts  {settings.url("clickhouse")}   analyst   {env["NITKA_ANALYST_PASSWORD"]}   (ClickHouse over HTTP)
  Settings  nitka.env   Logs  {settings.logs}

Send a mail:

  {mail_command(settings)}

Ctrl-C stops everything.
"""
    )
    _write_whole(
        endpoints_file(settings.home),
        json.dumps(
            {
                "ui": settings.url("gateway"),
                "api": f"{settings.url('gateway')}/api",
                "smtp": smtp,
                "mailbox": settings.url("mailbox"),
                "kafka": settings.kafka_servers,
                "postgres": settings.postgres_dsn,
                "clickhouse": settings.url("clickhouse"),
                "login": login,
                "analyst": {"user": "analyst", "password": env["NITKA_ANALYST_PASSWORD"]},
                "commerce": {"url": settings.url("ingest_commerce"), "key": env["NITKA_COMMERCE_KEY"]},
            },
            indent=2,
        ),
    )


def mail_command(settings: LocalSettings) -> str:
    """A command line that sends a mail to Nitka with nothing but Python."""
    mail = r"From: Anna <anna@customer.example>\nTo: support@shop.example\nSubject: Where is my parcel?\n\nHello!"
    server = f"smtplib.SMTP('{settings.host}', {settings.ports['smtp']})"
    send = f"{server}.sendmail('anna@customer.example', 'support@shop.example', '{mail}')"
    return f'python3 -c "import smtplib; {send}"'


def endpoints_file(home: Path) -> Path:
    """Where scripts find the addresses while the stack is up."""
    return home / "endpoints.json"


def _write_whole(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
    new.replace(path)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[bool]:
    """Hold the folder's lock, which the system drops when this process ends in whatever way.

    Yields whether the run before was killed, so that its children may still be about to end.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                f"Nitka already runs on {home} (process {lock.read().strip()}). Stop it, or set NITKA_HOME "
                "and NITKA_PORT_OFFSET for a second copy."
            ) from None
        lock.seek(0)
        left_over = bool(lock.read())
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield left_over
        lock.truncate(0)


async def _check(settings: LocalSettings, only: Collection[str], patience: float) -> None:
    """Refuse at once, in one line, what would fail later; `patience` is for ports. Raises CannotStart."""
    parts = [name for name in (*_embedded(settings), *stack.SERVICES, *stack.WORLD) if _wanted(name, only)]
    missing = [name for name in stack.SERVICES if name in parts and _missing(f"nitka.{name}.__main__")]
    if missing:
        raise CannotStart(f"Not installed: {', '.join(missing)}. Run `make install`.")
    if "kafka" in parts and shutil.which(java()) is None:
        raise CannotStart(f"No Java at {java()}; NITKA_JAVA names the program to use (17 or newer).")
    endpoints_file(settings.home).unlink(missing_ok=True)
    deadline = time.monotonic() + patience
    while taken := _taken(settings.host, stack.ports_of(parts, settings).items()):
        if time.monotonic() > deadline:
            lines = [
                f"Port {port} is taken; {setting} or NITKA_PORT_OFFSET changes it." for setting, port in taken
            ]
            raise CannotStart("\n".join(lines))
        await asyncio.sleep(0.2)


def _embedded(settings: LocalSettings) -> list[str]:
    return [part.name for part in stack.infrastructure(settings)]


def _missing(module: str) -> bool:
    return importlib.util.find_spec(module) is None


def _taken(host: str, ports: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(setting, port) for setting, port in ports if not _free(host, port)]


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _say(line: str) -> None:
    print(line, flush=True)
