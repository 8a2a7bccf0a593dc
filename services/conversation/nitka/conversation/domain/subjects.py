"""Subjects of what we send."""

from __future__ import annotations

from collections.abc import Collection


def answer_subject(subject: str | None, number: int) -> str:
    """`Re:` once, and the number, by which an answer finds back even when a mail client drops all headers."""
    plain = " ".join((subject or "").split())
    while plain[:3].lower() == "re:":
        plain = plain[3:].lstrip()
    mark = _mark(number)
    return f"Re: {plain}" if mark in plain else f"Re: {plain} {mark}".replace("  ", " ")


def without_marks(subject: str | None, numbers: Collection[int]) -> str | None:
    """A subject without what we put there for these conversations: it would lead an answer back to them."""
    if subject is None:
        return None
    for number in numbers:
        subject = subject.replace(_mark(number), "")
    return " ".join(subject.split())


def _mark(number: int) -> str:
    return f"[#{number}]"


def forward_subject(subject: str | None) -> str:
    """`Fwd:` once."""
    plain = " ".join((subject or "").split())
    return plain if plain[:4].lower() == "fwd:" else f"Fwd: {plain}".rstrip()
