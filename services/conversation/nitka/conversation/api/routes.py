"""All routes of the conversation service."""

from __future__ import annotations

from fastapi import APIRouter

from nitka.conversation.api import commands, files, personal, ratings, reading, settings, wording

router = APIRouter()
for part in (reading, commands, personal, settings, wording, files, ratings):
    router.include_router(part.router)
