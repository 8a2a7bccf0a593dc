"""Mirrored routes of text correction."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from nitka.api.writing import CheckedText, CheckText, WritingState
from nitka.gateway.api.mirror import Mirror, mirror_of

router = APIRouter(prefix="/writing", tags=["writing"])

Writing = Annotated[Mirror, Depends(mirror_of("writing"))]


@router.post("/check", response_model=CheckedText)
async def check_text(text: CheckText, owner: Writing) -> Response:
    """What would be changed in a text. 503 `starting` with Retry-After while the corrector is being started."""
    return await owner.send("/check")


@router.get("/state", response_model=WritingState)
async def writing_state(owner: Writing) -> Response:
    """Whether a check would be answered now."""
    return await owner.get("/state")
