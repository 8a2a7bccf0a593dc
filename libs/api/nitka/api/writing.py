"""HTTP models of text correction.

Offsets and lengths count UTF-16 code units, as a browser's strings do: an emoji counts two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from nitka.api.conversations import View

TEXT_MAX = 20_000
"""Characters (code points) of one check."""

LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]


class CheckText(BaseModel):
    """What to check.

    `language` None: told by the text itself, by `own_language` where the text is too short for that.
    `own_language` is what the agent reads: explanations come in it as far as the corrector can.
    `keep`: words that are right as they are, like the customer's name.
    """

    text: str = Field(max_length=TEXT_MAX)
    language: LanguageTag | None = None
    own_language: LanguageTag | None = None
    keep: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(default=(), max_length=50)


class Category(StrEnum):
    SPELLING = "spelling"
    GRAMMAR = "grammar"
    PUNCTUATION = "punctuation"
    STYLE = "style"


class Correction(View):
    """One proposed change: `original`, which is the text at `offset`, becomes one of `replacements`, best first.

    A `length` of 0 is an insertion. `message` says why, in a sentence for a person; it may be empty. Not `sure`:
    what is taken for a misspelling may be a name or another language, so a person looks before it is taken.
    """

    offset: int = Field(ge=0)
    length: int = Field(ge=0)
    original: str
    replacements: tuple[str, ...] = Field(min_length=1)
    message: str
    category: Category
    sure: bool = True


class CheckedText(View):
    """Corrections in the order of the text; none overlaps another. `language` is what was checked for."""

    language: str
    corrections: tuple[Correction, ...]


class CorrectorState(StrEnum):
    """`off`: stopped, started by the next check; `not_configured`: this installation has no corrector."""

    READY = "ready"
    STARTING = "starting"
    FETCHING = "fetching"
    OFF = "off"
    NOT_CONFIGURED = "not_configured"


class WritingState(View):
    """Whether a check would be answered now. `progress`: percent, while the corrector is being fetched."""

    state: CorrectorState
    progress: int | None = None
