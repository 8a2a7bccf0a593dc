"""What every corrector is, how one is asked over HTTP, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from nitka.api.writing import WritingState
from nitka.runtime.http import Problem
from nitka.writing.domain import Change

TIMEOUT = httpx.Timeout(90.0, connect=5.0)
"""A text of the full length takes LanguageTool 10 s on two idle cores, a model longer."""


@dataclass(frozen=True)
class Question:
    """A text to check. `language` None: find out; `own_language`: what the agent reads."""

    text: str
    language: str | None
    own_language: str | None


@dataclass(frozen=True)
class Findings:
    language: str
    changes: list[Change]


class Corrector(Protocol):
    """Finds what is wrong in a text. `check` raises one of the problems below and never logs the text."""

    def state(self) -> WritingState: ...

    async def check(self, question: Question) -> Findings: ...

    async def close(self) -> None: ...


def starting() -> Problem:
    detail = "The corrector is being started; ask again in a moment."
    return Problem(503, "starting", detail, headers={"retry-after": "2"})


def away() -> Problem:
    detail = "The corrector does not answer right now; try again."
    return Problem(503, "corrector_unavailable", detail, headers={"retry-after": "30"})


def failed() -> Problem:
    return Problem(502, "corrector_failed", "The corrector gave no usable answer; the text is as it was.")


def not_configured() -> Problem:
    detail = "This installation has no corrector: set NITKA_LANGUAGETOOL or NITKA_WRITING_MODEL_URL."
    return Problem(503, "not_configured", detail)


def not_supported(language: str) -> Problem:
    detail = "The corrector does not know this language."
    return Problem(422, "language_not_supported", detail, language=language)


async def ask(client: httpx.AsyncClient, method: str, path: str, cap: int, **kwargs: Any) -> bytes:
    """The body of the answer, at most `cap` bytes. Raises Problem when the corrector is away or refuses."""
    try:
        async with client.stream(method, path, **kwargs) as response:
            if response.status_code in (408, 429) or response.status_code >= 500:
                raise away()
            if response.status_code != 200:
                raise failed()
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > cap:
                    raise failed()
            return bytes(body)
    except httpx.DecodingError:
        raise failed() from None
    except httpx.TransportError:
        raise away() from None
