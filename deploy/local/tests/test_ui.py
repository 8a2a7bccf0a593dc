"""When the browser app is built, with a stand-in for npm that notes what it was asked to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nitka.local import node, ui

NPM = """#!/bin/sh
echo "$1" >> "{calls}"
[ "$1" != ci ] || mkdir -p node_modules
[ "$1 $2" != "run build" ] || mkdir -p dist
[ ! -e broken ] || { echo "a type is wrong"; exit 2; }
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(NPM.replace("{calls}", str(tmp_path / "calls")))
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program.parent / "python"))
    folder = tmp_path / "ui"
    (folder / "src").mkdir(parents=True)
    (folder / "package-lock.json").write_text("{}")
    (folder / "src" / "main.ts").write_text("1")
    return folder


def calls(source: Path) -> list[str]:
    return (source.parent / "calls").read_text().split()


def test_it_builds_only_what_has_changed(source: Path) -> None:
    assert [ui.build(source), ui.build(source)] == [True, False]
    (source / "src" / "main.ts").write_text("2")
    assert ui.build(source)
    assert calls(source) == ["ci", "run", "run"]
    (source / "package-lock.json").write_text('{"more": 1}')
    assert ui.build(source)
    assert calls(source)[3:] == ["ci", "run"]


def test_a_failed_build_says_why_and_is_tried_again(source: Path) -> None:
    ui.install(source)
    (source / "broken").touch()
    with pytest.raises(node.NodeFailed, match="a type is wrong"):
        ui.build(source)
    (source / "broken").unlink()
    assert ui.build(source)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PATH", "")
    with pytest.raises(node.NodeFailed, match="no-such-program is missing"):
        node.run(["no-such-program"], Path())
