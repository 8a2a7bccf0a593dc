"""Remote pictures of mails, fetched for the agent who asked for them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from nitka.api import images
from nitka.gateway.api.access import CurrentParts, WorkerSession
from nitka.gateway.store.pictures import Unavailable
from nitka.runtime import logs
from nitka.runtime.http import Problem
from nitka.runtime.tokens import derived_key

# Not part of the API's description: only the conversation service can make an address that is answered.
router = APIRouter(prefix="/images", include_in_schema=False)

_HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "content-disposition": "inline",
    "cache-control": "private, max-age=86400",
}
_log = logs.get("images")


@router.get("")
async def image(
    url: Annotated[str, Query(max_length=images.URL_MAX)],
    sig: Annotated[str, Query(max_length=64)],
    parts: CurrentParts,
    _: WorkerSession,
) -> Response:
    """A picture that a mail names. 404 without a reason where there is none to be had."""
    if not images.is_genuine(derived_key(parts.settings.secret, images.PURPOSE), url, sig):
        raise Problem(403, "bad_signature", "This address was not made here.")
    try:
        picture = await parts.pictures.fetch(url)
    except Unavailable as why:
        _log.info("remote picture not shown", reason=str(why))
        raise Problem(404, "no_picture", "The picture cannot be shown.") from None
    return Response(picture.content, media_type=picture.media_type, headers=_HEADERS)
