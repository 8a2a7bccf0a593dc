"""What we attach to an outbound message and get back with every status of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tracker:
    """Which attempt at which message it is, so that a status finds its conversation even when it overtakes our
    own receipt."""

    conversation_id: UUID
    message_id: UUID
    attempt: int

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.message_id}/{self.attempt}"

    @classmethod
    def parse(cls, value: str) -> Tracker | None:
        """None for anything that is not ours."""
        found = re.fullmatch(r"([0-9a-f-]{36})/([0-9a-f-]{36})/([1-9]\d{0,5})", value)
        try:
            return cls(UUID(found[1]), UUID(found[2]), int(found[3])) if found else None
        except ValueError:
            return None
