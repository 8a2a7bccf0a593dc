"""Folding, and that what was written is found by what is typed."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.api.folding import fold
from nitka.runtime.words import WORDS_MAX, address_words, question, vector, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Łódź Żółć ĄĘ", "lodz zolc ae"),
        ("İzmir IŞIK ılık Çağlar Öğün", "izmir isik ilik caglar ogun"),
        ("São João Conceição", "sao joao conceicao"),
        ("Straße Ærø Þór Œuvre", "strasse aero thor oeuvre"),
        ("ＡＢＣ ﬁn", "abc fin"),
        ("Cafe\u0301", "cafe"),
    ],
)
def test_letters_lose_case_and_accents(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_an_address_is_found_whole_by_its_words_and_by_the_end_of_a_number() -> None:
    assert address_words("Anna.Kowalska+shop@Example.com") == [
        *("anna", "kowalska", "shop", "example", "com"),
        *("anna.kowalska+shop@example.com", "kowalska+shop@example.com", "shop@example.com"),
    ]
    assert "600123456" in address_words("+48 600 123 456")


def test_a_question_keeps_addresses_whole_and_reads_phone_numbers() -> None:
    assert question("Anna KOW") == "'anna':* & 'kow':*"
    assert question("ann@exam refund") == "'ann@exam':* & 'refund':*"
    assert question("+48 600-123") == "'48600123':* | ('48':* & '600':* & '123':*)"
    assert question("0600123456") == "'600123456':* | ('0600123456':*)"
    assert question("ORD-1001") == "'ord':* & '1001':*"
    assert question(" .,! ") is None


def test_a_huge_text_stays_bounded() -> None:
    assert len(words(" ".join(map(str, range(10_000))))) == WORDS_MAX
    assert words("x" * 1000) == ["x" * 40]


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.stack
def test_the_database_reads_whatever_anybody_types_and_finds_it(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:

        @given(st.text(max_size=60) | st.emails() | st.from_regex(r"[a-z'\\&|!:*() @.]{1,20}", fullmatch=True))
        def found(text: str) -> None:
            asked = question(text)
            if asked is not None:
                written = vector([*words(text), *address_words(text)])
                row = connection.execute("SELECT %s::tsvector @@ %s::tsquery", (written, asked)).fetchone()
                assert row == (True,), (written, asked)

        found()
