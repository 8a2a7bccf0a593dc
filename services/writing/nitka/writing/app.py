"""Where the parts of text correction are put together."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from nitka.runtime.http import create_api
from nitka.writing import api
from nitka.writing.correctors import Corrector
from nitka.writing.engine import Engine
from nitka.writing.languagetool import LanguageTool
from nitka.writing.model import LanguageModel
from nitka.writing.settings import WritingSettings

NAME = "writing"


def create_app(settings: WritingSettings) -> FastAPI:
    """The application. It is ready at once; the corrector starts when somebody wants a text corrected."""
    corrector = _corrector(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        if corrector:
            await corrector.close()

    app = create_api(NAME, settings.secret, lifespan=lifespan, checks={}, description="Correct text.")
    app.include_router(api.router(corrector))
    return app


def _corrector(settings: WritingSettings) -> Corrector | None:
    if settings.writing_model_url and settings.writing_model:
        return LanguageModel(settings.writing_model_url, settings.writing_model, settings.writing_model_key)
    if settings.languagetool:
        engine = Engine(settings.languagetool, settings.command)
        return LanguageTool(settings.languagetool, engine, settings.variants)
    return None
