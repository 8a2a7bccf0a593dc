"""What is kept of messages: made once, bounded, forgotten on demand."""

from __future__ import annotations

from collections.abc import Callable

from nitka.conversation.store.kept import Kept, Shown


def shown(text: str) -> Callable[[], Shown]:
    return lambda: Shown(text, None, None, False)


def test_what_is_known_is_not_made_again() -> None:
    kept, made = Kept(), []

    def make() -> Shown:
        made.append(1)
        return Shown("a", None, None, False)

    assert kept.get(1, make) is kept.get(1, make)
    assert made == [1]


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept = Kept(size=10)
    for key in (1, 2):
        kept.get(key, shown("1234"))
    kept.get(1, shown("again"))
    kept.get(3, shown("1234"))
    assert kept.get(1, shown("new")).text == "1234"
    assert kept.get(2, shown("new")).text == "new"


def test_what_is_larger_than_all_is_shown_and_not_kept() -> None:
    kept = Kept(size=3)
    assert kept.get(1, shown("12345")).text == "12345"
    assert kept.get(1, shown("other")).text == "other"


def test_all_is_forgotten_when_somebody_is_erased() -> None:
    kept = Kept(size=4)
    kept.get(1, shown("1234"))
    kept.clear()
    assert kept.get(1, shown("abcd")).text == "abcd"
    kept.get(2, shown(""))
    assert kept.get(1, shown("new")).text == "abcd", "the room is free again"
