"""The browser app's files. Every path that is no file shows the app, which has routes of its own."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from nitka.gateway.api.access import CurrentParts
from nitka.runtime.http import Problem

router = APIRouter(include_in_schema=False)

_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_ASK_AGAIN = {"cache-control": "no-cache"}
_NEVER = {"cache-control": "no-store"}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Nitka</title>
<body style="font:16px/1.5 system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem">
<h1>The app is not built yet</h1>
<p>The API answers, but the browser app is missing. Build it with <code>make ui</code> and reload this page.</p>
"""


@router.get("/{path:path}")
async def app_file(path: str, parts: CurrentParts) -> Response:
    """A file of the built app; files under assets/ carry a hash of their content in their name."""
    if path == "api" or path.startswith(("api/", "rate/")):
        raise Problem(404, "not_found", "There is no such address.")
    root = parts.settings.ui_dir.resolve()
    file = _file(root, path)
    if file is not None and file.name != "index.html":
        return FileResponse(file, headers=_FOREVER if path.startswith("assets/") else _ASK_AGAIN)
    if path.startswith("assets/"):
        raise Problem(404, "not_found", "There is no such file.")
    index = root / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers=_NEVER)
    return FileResponse(index, headers=_NEVER)


def _file(root: Path, path: str) -> Path | None:
    """The file of that name inside `root`, None for anything else or outside."""
    if not path or "\x00" in path:
        return None
    try:
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except OSError:  # a name that the file system cannot have
        return None
