"""The question for a rating as a list of five rows, and the row that was chosen.

A list takes at most 10 rows; a row's title is at most 24 characters, its id 200, the button 20.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from nitka.events import RatingAsk
from nitka.ingest_social.domain import text

_ROW = re.compile(r"nitka-rating:([1-5]):([A-Za-z0-9._~-]{1,150})")
_BUTTON = "★ 1–5"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a customer chose. Whether the token is genuine, its maker knows."""

    score: int
    token: str


def interactive(asked: RatingAsk) -> dict[str, Any]:
    """The `interactive` object of the Cloud API, best score first."""
    rows = [
        {
            "id": f"nitka-rating:{score}:{asked.token}",
            "title": "★" * score + "☆" * (5 - score),
            "description": f"{score}/5",
        }
        for score in range(5, 0, -1)
    ]
    return {
        "type": "list",
        "body": {"text": asked.question},
        "action": {"button": _BUTTON, "sections": [{"title": _BUTTON, "rows": rows}]},
    }


def chosen(message: dict[str, Any]) -> Choice | None:
    """The choice in a message of the webhook; None for any message that is none of these."""
    if message.get("type") != "interactive":
        return None
    answer = text.path(message, "interactive", "list_reply") or text.path(message, "interactive", "button_reply")
    found = _ROW.fullmatch(text.line(text.path(answer, "id")))
    return Choice(int(found[1]), found[2]) if found else None
