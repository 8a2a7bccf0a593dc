from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.gateway.api.words import WORDS, language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("pl", "pl"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("de-DE,de;q=0.9,tr;q=0.5,en;q=0.4", "tr"),
        ("en;q=0.3, pl;q=0.7", "pl"),
        ("pl;q=0, en", "en"),
        ("fr", "en"),
        ("pl;q=nan, tr;q=0.1", "tr"),
    ],
)
def test_the_best_of_our_languages(header: str, language: str) -> None:
    assert language_of(header) == language


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert language_of(header) in WORDS
