"""`python -m nitka.local.ui [test]`: build the browser app where its sources changed, or run its unit tests."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from nitka.local import node

SOURCE = Path("services/gateway/ui")
NOT_SOURCE = {"node_modules", "dist"}


def install(source: Path) -> None:
    """Bring `node_modules` to what the lock file says. Raises node.NodeFailed."""
    wanted = _fingerprint(source, [source / "package-lock.json"])
    stamp = source / "node_modules" / ".installed-from"
    if not _says(stamp, wanted):
        node.run(["npm", "ci", "--no-audit", "--no-fund"], source)
        stamp.write_text(wanted)


def build(source: Path) -> bool:
    """Build into `dist`; returns whether there was anything to do. Raises node.NodeFailed."""
    files = (path for path in source.rglob("*") if path.relative_to(source).parts[0] not in NOT_SOURCE)
    wanted = _fingerprint(source, files)
    stamp = source / "dist" / ".built-from"
    if _says(stamp, wanted):
        return False
    print("Building the browser app ...", flush=True)
    install(source)
    node.run(["npm", "run", "build"], source)
    stamp.write_text(wanted)
    return True


def test(source: Path) -> None:
    """Run the unit tests. Raises node.NodeFailed."""
    install(source)
    node.run(["npm", "test"], source)


def _says(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _fingerprint(source: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in files if p.is_file()):
        name = str(path.relative_to(source)).encode()
        digest.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        test(SOURCE) if sys.argv[1:] == ["test"] else build(SOURCE)
    except node.NodeFailed as error:
        sys.exit(str(error))
