"""What a person sees of `python -m nitka.local run`: one clear line, or a stack that starts and stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from nitka.local.settings import PORTS, port_setting
from nitka.local.testing import free_port


def started(folder: Path, env: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nitka.local", "run", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ports() -> dict[str, str]:
    return {port_setting(name): str(free_port()) for name in PORTS}


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    pytest.fail(f"it ended without {word!r}")


def test_a_taken_port_is_one_line_that_names_the_setting(tmp_path: Path) -> None:
    env = ports()
    with socket.create_server(("127.0.0.1", int(env["NITKA_POSTGRES_PORT"]))):
        process = started(tmp_path, env, "--only", "postgres")
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert output == (
        f"Port {env['NITKA_POSTGRES_PORT']} is taken; NITKA_POSTGRES_PORT or NITKA_PORT_OFFSET changes it.\n"
    )


@pytest.mark.stack
def test_it_starts_refuses_a_second_run_stops_and_keeps_the_data(tmp_path: Path) -> None:
    env = ports()
    dsn = f"postgresql://nitka@127.0.0.1:{env['NITKA_POSTGRES_PORT']}/postgres"
    first = started(tmp_path, env, "--only", "postgres")
    wait_for(first, "Running")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE yesterday ()")
    output, _ = started(tmp_path, env, "--only", "postgres").communicate(timeout=30)
    assert output.startswith(f"Nitka already runs on {tmp_path}/.nitka (process {first.pid}).")
    assert output.count("\n") == 1
    first.send_signal(signal.SIGINT)
    output, _ = first.communicate(timeout=30)
    assert first.returncode == 0
    assert "Stopped" in output

    second = started(tmp_path, env, "--only", "postgres")
    wait_for(second, "Running")
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT FROM yesterday")
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=30)
    assert second.returncode == 0


@pytest.mark.stack
def test_a_run_that_was_killed_can_be_followed_at_once(tmp_path: Path) -> None:
    env = ports()
    first = started(tmp_path, env, "--only", "postgres")
    wait_for(first, "Running")
    first.kill()
    first.communicate()
    second = started(tmp_path, env, "--only", "postgres")
    wait_for(second, "Running")
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=30)
    assert second.returncode == 0
