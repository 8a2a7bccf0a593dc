"""Typed environment of the conversation service."""

from __future__ import annotations

from typing import Literal

from nitka.runtime.settings import Settings


class ConversationSettings(Settings):
    """`public_url` is where customers reach the rating page (the gateway's own address when unset); `language`
    that of the lines that we add to mails (above its link, above what an answer quotes) where the customer's is
    unknown."""

    port: int = 18101
    public_url: str | None = None
    language: Literal["en", "pl", "pt-BR", "tr"] = "en"
