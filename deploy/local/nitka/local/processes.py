"""Child processes on a leash: own process group, own log, and never outliving the process that started them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

LOG_LIMIT = 5 * 1024 * 1024
"""Bytes after which a log is put aside (one old log is kept) when its part starts."""

_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
# struct __user_cap_header_struct {version 3, pid 0}; two of {effective, permitted, inheritable}
_CAP_HEADER = (ctypes.c_uint32 * 2)(0x20080522, 0)
_CAP_DATA = (ctypes.c_uint32 * 6)(*[1 << _CAP_DAC_OVERRIDE] * 3, 0, 0, 0)


@dataclass(frozen=True)
class User:
    """Whom a child runs as."""

    uid: int
    gid: int


def unprivileged() -> User | None:
    """The user for programs that refuse to run as root; None when we are not root anyway."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam("nobody")
        return User(entry.pw_uid, entry.pw_gid)
    return User(65534, 65534)


def become(user: User) -> None:
    """Turn this (root) process into `user`, who may still reach files wherever root could.

    The data folder and the virtual environment may lie under a private folder, such as root's home, that the
    unprivileged user cannot enter. Changing that folder's mode is not ours to do, so the child keeps the one
    capability that overrides file permissions.
    """
    # Without this bit the change of user drops all capabilities, and access(2) (initdb asks it) ignores them.
    # A container may have taken the right to it from root too: then world-readable folders must do.
    keeps = _LINUX and _libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0) == 0
    os.setgroups([])
    os.setgid(user.gid)
    os.setuid(user.uid)
    if keeps and _libc.capset(_CAP_HEADER, _CAP_DATA) == 0:
        _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def _leash(stop_signal: int, user: User | None) -> Callable[[], None]:
    parent = os.getpid()

    def in_child() -> None:
        if user is not None:
            become(user)
        # After the change of user, which clears it.
        if _LINUX:
            _libc.prctl(_PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return in_child


def follow_parent(stop_signal: int) -> None:
    """Give this process `stop_signal` when its parent dies; a program that it then becomes (`exec`) keeps that."""
    if _LINUX:
        _libc.prctl(_PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        if os.getppid() == 1:  # too late
            sys.exit(1)


@dataclass(frozen=True)
class Part:
    """One process of the stack.

    `command` returns the command line; it first does, idempotently, what must be there before (fetch, format).
    `ready` returns when the part can work and raises otherwise; `alive` (when it differs) tells whether the
    process itself still answers: one that does not for long is restarted. `environment` is inherited when None.
    `stop_signal` is also what the part gets when its parent dies. `grace` is how many seconds it has to stop
    before it is killed.
    """

    name: str
    command: Callable[[], Sequence[str]]
    ready: Callable[[], None]
    alive: Callable[[], None] | None = None
    environment: Mapping[str, str] | None = None
    stop_signal: int = signal.SIGTERM
    grace: float = 6.0
    user: User | None = None


def spawn(part: Part, command: Sequence[str], logs: Path) -> subprocess.Popen[bytes]:
    """Start a part. Call it from a thread that lives as long as the part may: the leash hangs on the thread."""
    with open_log(logs, part.name) as log:
        return subprocess.Popen(  # noqa: S603 - our own command lines
            list(command),
            env=part.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=_leash(part.stop_signal, part.user),  # noqa: PLW1509 - calls the C library only
        )


def open_log(logs: Path, name: str) -> IO[bytes]:
    """The log of a part for appending; a large one is put aside first."""
    logs.mkdir(parents=True, exist_ok=True)
    path = logs / f"{name}.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


class ToolMissing(RuntimeError):
    """A tool that the stack needs is not there and could not be fetched; the message is one line for a person."""


class PartFailed(RuntimeError):
    """A part did not start; the message names it and quotes the end of its log."""


class Running:
    """A started part."""

    def __init__(self, part: Part, command: Sequence[str], logs: Path) -> None:
        self.part = part
        self.log = logs / f"{part.name}.log"
        self.process = spawn(part, command, logs)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self.process.poll()

    def answers(self, deadline: float) -> bool:
        """Whether the part is ready now. Raises PartFailed when it has ended or `deadline` (monotonic) is past."""
        try:
            self.part.ready()
        except (OSError, psycopg.Error) as error:
            if self.exit_code is not None:
                raise self.failed(f"ended with code {self.exit_code}") from error
            if time.monotonic() > deadline:
                raise self.failed("did not become ready in time") from error
            return False
        return True

    def wait_ready(self, seconds: float) -> None:
        """Return when the part is ready. Raises PartFailed when it has ended or the time is up."""
        deadline = time.monotonic() + seconds
        while not self.answers(deadline):
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        """Send a signal to the part and its children; nothing happens when they are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """Stop in order; kill what is left after the part's grace."""
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.part.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.part.grace)
        self.signal(signal.SIGKILL)
        self.process.wait()

    def failed(self, what: str) -> PartFailed:
        """The error that tells what happened to this part, with the end of its log."""
        tail = self.log.read_text(errors="replace").splitlines()[-8:]
        return PartFailed("\n  ".join([f"{self.part.name} {what}; see {self.log}", *tail]))
