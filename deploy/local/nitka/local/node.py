"""Node, for the browser app and the test browser: the virtual environment's own, else the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


class NodeFailed(RuntimeError):
    """Node is missing or a command of it failed; the message says which."""


def run(command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run `npm` or `node` in `directory`, quietly unless it fails. Raises NodeFailed."""
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    program = shutil.which(command[0], path=path)
    if program is None:
        raise NodeFailed(f"{command[0]} is missing: install Node 20.19 or newer, or run `make install`.")
    done = subprocess.run(  # noqa: S603 - our own command lines
        [program, *command[1:]],
        cwd=directory,
        env={**os.environ, "PATH": path, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NodeFailed(f"`{' '.join(command[:3])}` failed in {directory}:\n{done.stdout[-3000:]}")
