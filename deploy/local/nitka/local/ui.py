"""`python -m nitka.local.ui`: build the browser app, only when its sources have changed since the last build."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from nitka.local import node

SOURCE = Path("services/gateway/ui")
NOT_SOURCE = {"node_modules", "dist"}


def build(source: Path) -> bool:
    """Install the locked packages and build; returns whether there was anything to do. Raises node.NodeFailed."""
    stamp = source / "dist" / ".built-from"
    fingerprint = _fingerprint(source)
    if stamp.exists() and stamp.read_text() == fingerprint:
        return False
    print("Building the browser app ...", flush=True)
    node.run(["npm", "ci", "--no-audit", "--no-fund"], source)
    node.run(["npm", "run", "build"], source)
    stamp.write_text(fingerprint)
    return True


def _fingerprint(source: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        parts = path.relative_to(source).parts
        if path.is_file() and parts[0] not in NOT_SOURCE:
            digest.update("/".join(parts).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        build(SOURCE)
    except node.NodeFailed as error:
        sys.exit(str(error))
