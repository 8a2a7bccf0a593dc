"""One decision per command: the modules beside this one register them."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.domain.state import Conversation
from nitka.events import Actor


@singledispatch
def decision(command: c.Command, state: Conversation, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """What a command leads to in a status that allows it. Raises Refused."""
    raise TypeError(f"no rule for {type(command).__name__}")
