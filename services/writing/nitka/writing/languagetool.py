"""LanguageTool's HTTP API, version 2."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from nitka.api.writing import Category, WritingState
from nitka.runtime import telemetry
from nitka.writing.correctors import TIMEOUT, Findings, Question, ask, failed, not_supported
from nitka.writing.detection import language_of
from nitka.writing.domain import Change, Known, Positions, variant_of
from nitka.writing.engine import Engine

_ANSWER_CAP = 32 * 1024 * 1024
_FALLBACK = "en"


class _Language(BaseModel):
    code: str
    longCode: str  # noqa: N815 - as the API spells it


class _Replacement(BaseModel):
    value: str = Field(max_length=10_000)


class _RuleCategory(BaseModel):
    id: str = ""


class _Rule(BaseModel):
    issueType: str = ""  # noqa: N815
    category: _RuleCategory = _RuleCategory()


class _Match(BaseModel):
    offset: int
    length: int
    message: str = Field(default="", max_length=2_000)
    replacements: list[_Replacement] = []
    rule: _Rule = _Rule()


class _Answer(BaseModel):
    matches: list[_Match]


class LanguageTool:
    """A corrector that asks a LanguageTool server, which `engine` starts when it is needed."""

    def __init__(self, url: str, engine: Engine, variants: Sequence[str]) -> None:
        self._http = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=TIMEOUT)
        telemetry.instrument_client(self._http)
        self._engine = engine
        self._variants = variants
        self._known: list[Known] = []

    def state(self) -> WritingState:
        return self._engine.state()

    async def check(self, question: Question) -> Findings:
        self._engine.use()
        known = await self._languages()
        tag = await asyncio.to_thread(self._tag, question, known)
        form = {"text": question.text, "language": tag}
        if question.own_language and variant_of(question.own_language, known, ()):
            form["motherTongue"] = question.own_language.partition("-")[0]
        body = await ask(self._http, "POST", "/v2/check", _ANSWER_CAP, data=form)
        return Findings(tag, await asyncio.to_thread(_changes, question.text, body))

    def _tag(self, question: Question, known: Sequence[Known]) -> str:
        asked = question.language or language_of(question.text)
        for wanted in [asked] if asked else [question.own_language, _FALLBACK]:
            tag = variant_of(wanted, known, self._variants) if wanted else None
            if tag:
                return tag
        raise not_supported(asked or _FALLBACK)

    async def _languages(self) -> list[Known]:
        if not self._known:
            body = await ask(self._http, "GET", "/v2/languages", _ANSWER_CAP)
            try:
                listed = TypeAdapter(list[_Language]).validate_json(body)
            except ValidationError:
                raise failed() from None
            self._known = [Known(each.code, each.longCode) for each in listed]
        return self._known

    async def close(self) -> None:
        await self._engine.close()
        await self._http.aclose()


def _changes(text: str, body: bytes) -> list[Change]:
    """What LanguageTool found; it counts UTF-16 code units. Raises Problem."""
    where = Positions(text)
    try:
        return [
            Change(
                where.point(match.offset),
                where.point(match.offset + match.length),
                tuple(each.value for each in match.replacements),
                _category(match.rule),
                match.message,
            )
            for match in _Answer.model_validate_json(body).matches
        ]
    except ValueError:  # no JSON, not the API's, or a place outside the text
        raise failed() from None


def _category(rule: _Rule) -> Category:
    if rule.category.id in ("TYPOS", "CASING", "COMPOUNDING"):
        return Category.SPELLING
    if rule.category.id in ("PUNCTUATION", "TYPOGRAPHY") or rule.issueType in ("typographical", "whitespace"):
        return Category.PUNCTUATION
    if rule.category.id in ("STYLE", "REDUNDANCY", "PLAIN_ENGLISH") or rule.issueType in ("style", "register"):
        return Category.STYLE
    return Category.GRAMMAR
