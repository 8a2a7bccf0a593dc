"""Which of a corrector's languages is meant: `pt` is written as in Brazil here, `en` as the shop decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A language of a corrector: `code` (`pt`) and its full tag (`pt-BR`)."""

    code: str
    tag: str


def variant_of(wanted: str, known: Sequence[Known], preferred: Sequence[str]) -> str | None:
    """The full tag for `wanted` (`pt` or `pt-BR`); None when the corrector does not know the language.

    A tag that names a region is taken as it is where it is known; else the preferred variant of the language,
    else the one that the corrector names first with a region: without one it would not check the spelling.
    """
    tags = [each.tag for each in known if each.code == wanted.partition("-")[0]]
    regional = [tag for tag in tags if "-" in tag]
    if "-" in wanted and wanted in tags:
        return wanted
    liked = [tag for tag in preferred if tag in tags]
    return next(iter([*liked, *regional, *tags]), None)
