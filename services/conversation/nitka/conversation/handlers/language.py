"""Which language a customer writes in. The model takes 100 MB and a second to load, so it waits for its first use.

Measured beside others: docs/adr/0018-language-detection.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nitka.api.rules import Language

LOOKED_AT = 2_000
"""Characters that are looked at; more tell nothing new."""

_LETTERS_NEEDED = 8


@lru_cache(maxsize=1)
def _identifier() -> Any:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([language.value for language in Language])
    return identifier


def detect(text: str) -> str | None:
    """The language of a text, one of `Language`; None for a text too short to tell."""
    text = text[:LOOKED_AT]
    if sum(ch.isalpha() for ch in text) < _LETTERS_NEEDED:
        return None
    return str(_identifier().classify(text)[0])
