"""Subjects of what we send."""

from __future__ import annotations


def answer_subject(subject: str | None, number: int) -> str:
    """`Re:` once, and the number, by which an answer finds back even when a mail client drops all headers."""
    plain = " ".join((subject or "").split())
    while plain[:3].lower() == "re:":
        plain = plain[3:].lstrip()
    mark = f"[#{number}]"
    return f"Re: {plain}" if mark in plain else f"Re: {plain} {mark}".replace("  ", " ")


def forward_subject(subject: str | None) -> str:
    """`Fwd:` once."""
    plain = " ".join((subject or "").split())
    return plain if plain[:4].lower() == "fwd:" else f"Fwd: {plain}".rstrip()
