"""The mirrored route of how mail is doing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from nitka.api.mail import MailState
from nitka.gateway.api.mirror import Mirror, mirror_of

router = APIRouter(prefix="/mail", tags=["mail"])

Mail = Annotated[Mirror, Depends(mirror_of("ingest_email"))]


@router.get("/state", response_model=MailState)
async def mail_state(owner: Mail) -> Response:
    """How the polled mailboxes and the relay are doing. For supervisors and administrators."""
    return await owner.get("/accounts")
