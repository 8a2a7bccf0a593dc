"""A label leaves all conversations, or becomes another one there."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import decide
from nitka.conversation.handlers.unit import unit_of_work
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta
from nitka.events import Actor

BATCH = 500


def replace_label(log: EventLog, actor: Actor, name: str, other: str | None, now: datetime) -> int:
    """Take a label off every conversation, and put `other` there instead; returns from how many. A transaction
    for each batch, so nobody waits long; broken off, it goes on where it was when it is asked for again."""
    cause, done = uuid4(), 0
    commands: list[c.Command] = [c.AddLabel(other)] if other else []
    commands.append(c.RemoveLabel(name))
    while True:
        with unit_of_work(log) as unit:
            found = unit.labelled(name, BATCH)
            unit.load(found)
            for conversation_id in found:
                for command in commands:
                    events = decide(unit.state(conversation_id), command, actor, now)
                    if events:
                        unit.record(conversation_id, events, Meta(causation_id=cause, correlation_id=cause))
        done += len(found)
        if len(found) < BATCH:
            return done
