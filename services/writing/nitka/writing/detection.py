"""Which language a text is in. The model (4 MB) is loaded by the first question."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from nitka.writing.domain import protected

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Fewer languages than the library knows: each one more makes short texts less certain.
LANGUAGES = (
    "ar ca cs da de el en es fi fr he hu it ja ko nl no pl pt ro ru sk sv tr uk zh".split()
)  # what a European shop's customers write

_CERTAIN = 0.6


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - 80 MB with numpy

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(LANGUAGES)
    return found


def language_of(text: str) -> str | None:
    """The code of the text's language ("pl"); None when the text is too short to tell."""
    rest, at = [], 0
    for begin, end in protected(text):
        rest.append(text[at:begin])
        at = max(at, end)
    words = "".join([*rest, text[at:]]).strip()
    if not words:
        return None
    language, certainty = _identifier().classify(words)
    return str(language) if certainty >= _CERTAIN else None
