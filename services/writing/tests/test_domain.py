"""Places, protected parts, marks and differences."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitka.api.writing import Category, Correction
from nitka.writing.domain import (
    Change,
    Known,
    Positions,
    changes_between,
    marks,
    protected,
    too_different,
    variant_of,
)

texts = st.text(alphabet=st.sampled_from("ab ąćł ß😀👩‍🚀é\n.,'{}@1İ"), max_size=60) | st.text(
    alphabet=st.characters(exclude_categories=("Cs",)), max_size=60
)


def units(text: str) -> bytes:
    return text.encode("utf-16-le")


def applied(text: str, corrections: tuple[Correction, ...]) -> str:
    """The text with the best replacement of every mark, made as a browser makes it: in UTF-16."""
    raw = units(text)
    for each in reversed(corrections):
        begin, end = 2 * each.offset, 2 * (each.offset + each.length)
        assert raw[begin:end].decode("utf-16-le") == each.original
        raw = raw[:begin] + units(each.replacements[0]) + raw[end:]
    return raw.decode("utf-16-le")


@settings(deadline=None)
@given(texts, texts)
def test_all_changes_together_give_the_other_text(old: str, new: str) -> None:
    text = old
    for change in reversed(changes_between(old, new)):
        text = text[: change.begin] + change.replacements[0] + text[change.end :]
    assert text == new


@settings(deadline=None)
@given(st.text(alphabet="abąć 😀.\n", max_size=40), st.text(alphabet="abąć 😀.\n", max_size=40))
def test_all_marks_together_give_the_other_text(old: str, new: str) -> None:
    assert applied(old, marks(old, changes_between(old, new))) == new


@settings(deadline=None)
@given(texts, texts, st.randoms(use_true_random=False))
def test_each_change_can_be_made_alone(old: str, new: str, chance: random.Random) -> None:
    found = marks(old, changes_between(old, new))
    some = tuple(each for each in found if chance.random() < 0.5)
    assert len(units(applied(old, some))) == len(units(old)) + sum(
        len(units(each.replacements[0])) - 2 * each.length for each in some
    )


@settings(deadline=None)
@given(texts, st.data())
def test_marks_are_exact_disjoint_and_keep_out_whatever_the_corrector_says(text: str, data: st.DataObject) -> None:
    places = st.integers(min_value=-5, max_value=len(text) + 5)
    changes = data.draw(
        st.lists(
            st.builds(
                Change,
                places,
                places,
                st.lists(st.text(max_size=8), max_size=8).map(tuple),
                st.sampled_from(Category),
            )
        )
    )
    found = marks(text, changes)
    applied(text, found)
    free = 0
    for each in found:
        assert each.offset >= free
        assert 1 <= len(each.replacements) <= 5
        assert each.original not in each.replacements
        free = each.offset + (each.length or 1)  # two insertions at one place could change places
    assert protected_stays(text, found)


def protected_stays(text: str, found: tuple[Correction, ...]) -> bool:
    """Whether every protected part is still where it was."""
    where = Positions(text)
    return all(
        not (where.units(begin) < each.offset + each.length and each.offset < where.units(end))
        for begin, end in protected(text)
        for each in found
        if each.length
    )


@settings(deadline=None)
@given(texts)
def test_units_and_points_are_inverse(text: str) -> None:
    where = Positions(text)
    for point in range(len(text) + 1):
        assert where.units(point) == len(units(text[:point])) // 2
        assert where.point(where.units(point)) == point


@pytest.mark.parametrize("unit", [-1, 2, 4, 100])
def test_no_place_inside_an_emoji_or_outside(unit: int) -> None:
    with pytest.raises(ValueError, match="no character"):
        Positions("a😀").point(unit)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("See https://shop.example/a?b=c).", ["https://shop.example/a?b=c"]),
        ("at www.shop.example, or", ["www.shop.example"]),
        ("write to <bob.k@shop.example>!", ["bob.k@shop.example"]),
        ("order #A17-2 and (1001).", ["#A17-2", "1001"]),
        ("Dear {{customer.first name}}, hi", ["{{customer.first name}}"]),
        ("no {{ here", []),
        ("Hi ann Kowalska-Nowak, Annie", ["ann", "Kowalska-Nowak"]),
    ],
)
def test_protected_parts(text: str, kept: list[str]) -> None:
    assert [text[a:b] for a, b in protected(text, ["Ann", "Kowalska-Nowak", " "])] == kept


@settings(deadline=None)
@given(st.text(), st.lists(st.text(min_size=1, max_size=9), max_size=5))
def test_protected_parts_of_anything(text: str, keep: list[str]) -> None:
    for begin, end in protected(text, keep):
        assert 0 <= begin < end <= len(text)


def test_a_change_is_narrowed_to_the_words_that_differ() -> None:
    text = "nie wiem dla czego"
    [mark] = marks(text, [Change(4, 18, ("wiem, dla czego",), Category.PUNCTUATION)])
    assert (mark.offset, mark.length, mark.original, mark.replacements) == (8, 0, "", (",",))


def test_a_change_of_blanks_keeps_what_is_around_them() -> None:
    [mark] = marks("apple , really", [Change(5, 7, (",",), Category.PUNCTUATION)])
    assert (mark.original, mark.replacements) == (" ,", (",",))


@pytest.mark.parametrize(
    ("old", "new", "category"),
    [
        ("we recieved it", "we received it", Category.SPELLING),
        ("hello ann there", "hello Ann there", Category.SPELLING),
        ("we has it", "we have it", Category.GRAMMAR),
        ("yes it is", "yes, it is", Category.PUNCTUATION),
        ("we have apple", "we have an apple", Category.GRAMMAR),
    ],
)
def test_the_guess_what_kind_of_change_it_is(old: str, new: str, category: Category) -> None:
    assert [each.category for each in changes_between(old, new)] == [category]


LETTER = "Thank you for you're message, we has recieved the order and will sent it tommorow."


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("Thank you for your message; we have received the order and will send it tomorrow.", False),
        (LETTER, False),
        ("", True),
        ("I am sorry, as a model I cannot help with this request about anything at all today.", True),
        (LETTER * 3, True),
        (LETTER.replace("order", "order\u202e"), True),
        (LETTER.replace("order", "order\x00"), True),
        (LETTER[:20], True),
    ],
)
def test_another_text_is_no_correction(version: str, expected: bool) -> None:
    assert too_different(LETTER, version) is expected


KNOWN = [Known("en", "en"), Known("en", "en-US"), Known("en", "en-GB"), Known("pl", "pl-PL"), Known("es", "es")]


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [("en", "en-GB"), ("en-US", "en-US"), ("en-IE", "en-GB"), ("pl", "pl-PL"), ("es", "es"), ("tr", None)],
)
def test_the_variant_of_a_language(wanted: str, tag: str | None) -> None:
    assert variant_of(wanted, KNOWN, ["pt-BR", "en-GB"]) == tag


def spelling(text: str, *words: str) -> tuple[Correction, ...]:
    places = [text.index(word) for word in words]
    changes = [Change(at, at + len(w), ("?",), Category.SPELLING) for at, w in zip(places, words, strict=True)]
    return marks(text, changes)


@pytest.mark.parametrize(
    ("text", "sure", "unsure"),
    [
        ("We recieved it. Teh parcel left.", ["recieved", "Teh"], []),
        ("Teh parcel of Kowalska is hier.", ["Teh", "hier"], ["Kowalska"]),
        ("Dear Zofja,\nyour ordr left", ["ordr"], ["Zofja"]),
        ("Dzień dobry,\nwe sent teh parcel", ["teh"], ["Dzień", "dobry"]),
        ("Thank you. Z poważaniem i pozdrowieniami", [], ["Z", "poważaniem", "pozdrowieniami"]),
        ("Hello:\n- Shiping is free", ["Shiping"], []),
    ],
)
def test_names_and_other_languages_are_no_sure_misspellings(text: str, sure: list[str], unsure: list[str]) -> None:
    found = {each.original: each.sure for each in spelling(text, *sure, *unsure)}
    assert found == dict.fromkeys(sure, True) | dict.fromkeys(unsure, False)


def test_grammar_in_a_name_is_sure() -> None:
    (found,) = marks("to Ann Smith", [Change(3, 6, ("an",), Category.GRAMMAR)])
    assert found.sure


@settings(deadline=None)
@given(texts, texts)
def test_whether_it_is_sure_is_all_that_guessing_changes(old: str, new: str) -> None:
    found = marks(old, changes_between(old, new))
    assert all(each.sure for each in found if each.category is not Category.SPELLING)
