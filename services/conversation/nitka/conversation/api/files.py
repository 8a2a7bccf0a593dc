"""Routes for files: attachments both ways, and the source of a mail."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from nitka.conversation.api import views
from nitka.conversation.api.access import Agent, Context, Here
from nitka.conversation.store.content import Content
from nitka.events import Attachment
from nitka.runtime.blobs import BlobMissing
from nitka.runtime.http import Problem

ATTACHMENT_MAX = 20 * 1024 * 1024
"""Bytes of one file that an agent attaches."""

router = APIRouter()


@router.get("/messages/{message_id}/attachments/{index}")
async def attachment(message_id: UUID, index: int, here: Here, agent: Agent, inline: bool = False) -> Response:
    """A file of a message, as a download; harmless pictures may be shown in place."""
    content = await _content(here, message_id)
    if not 0 <= index < len(content.attachments):
        raise Problem(404, "not_found", "There is no such file.")
    found = content.attachments[index]
    shown = inline and found.media_type in views.INLINE_TYPES
    media_type = found.media_type if shown else "application/octet-stream"
    return await _file(here, found.blob, media_type, None if shown else found.filename)


@router.get("/messages/{message_id}/raw")
async def raw(message_id: UUID, here: Here, agent: Agent) -> Response:
    """The untouched source of a received mail."""
    content = await _content(here, message_id)
    if content.raw_blob is None:
        raise Problem(404, "not_found", "There is no source kept of this message.")
    return await _file(here, content.raw_blob, "message/rfc822", f"{message_id}.eml")


async def _content(here: Context, message_id: UUID) -> Content:
    content = await here.queries.message(message_id)
    if content is None:
        raise Problem(404, "not_found", "There is no such message.")
    return content


async def _file(here: Context, blob: str, media_type: str, download_as: str | None) -> Response:
    try:
        body = await here.blobs.get(blob)
    except BlobMissing:
        raise Problem(404, "gone", "The file is not there any more.") from None
    disposition = f"attachment; filename*=UTF-8''{quote(download_as, safe='')}" if download_as else "inline"
    headers = {
        "content-disposition": disposition,
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, max-age=86400, immutable",
    }
    return Response(body, media_type=media_type, headers=headers)


@router.get("/attachments/pictures/{digest}")
async def picture(digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], here: Here, agent: Agent) -> Response:
    """A picture that an agent is writing with, to be shown in place. Anything else of the store is not there."""
    shown = await _file(here, f"sha256/{digest}", "image/png", None)
    media_type = _picture_type(bytes(shown.body[:12]))
    if media_type is None:
        raise Problem(404, "not_found", "There is no such picture.")
    shown.headers["content-type"] = media_type
    return shown


def _picture_type(start: bytes) -> str | None:
    """The type of a picture that may be shown in place, by its first twelve bytes."""
    if start.startswith(b"RIFF") and start[8:] == b"WEBP":
        return "image/webp"
    known = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
    return next((media_type for magic, media_type in known.items() if start.startswith(magic)), None)


@router.post("/attachments")
async def upload(
    request: Request,
    here: Here,
    agent: Agent,
    filename: Annotated[str, Query(min_length=1, max_length=255)],
) -> Attachment:
    """Keep a file that a reply will carry."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > ATTACHMENT_MAX:
            raise Problem(413, "too_large", f"A file may have {ATTACHMENT_MAX // 1024 // 1024} MiB at most.")
    media_type = request.headers.get("content-type", "application/octet-stream")[:200]
    name = filename.replace("\x00", "").replace("/", "_").replace("\\", "_")
    return Attachment(blob=await here.blobs.put(bytes(body)), filename=name, media_type=media_type, size=len(body))
