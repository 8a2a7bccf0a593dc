"""What a command leads to: the events, or a refusal with its reason. Pure: time and actor are passed in."""

from __future__ import annotations

from datetime import datetime

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.domain.decide import joining, messages
from nitka.conversation.domain.decide import work as work
from nitka.conversation.domain.decide.dispatch import decision
from nitka.conversation.domain.decide.table import ALLOWED, ARCHIVED, OPEN, Refused, wrong_status
from nitka.conversation.domain.state import Conversation
from nitka.events import Actor

__all__ = ["ALLOWED", "Refused", "decide"]


def decide(state: Conversation | None, command: c.Command, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    """The events that the command leads to; an empty list when it changes nothing. Raises Refused."""
    if state is None:
        return _begin(command, actor, now)
    if isinstance(command, c.Start | c.BeginWithSplit):
        raise Refused("exists", "This conversation exists already.")
    # What was sent from here before still comes back here: its closings are counted in this history.
    if state.merged_into is not None and not isinstance(command, c.RecordDelivery | c.Rate):
        raise Refused("merged", "This conversation was merged into another one; go on there.")
    if state.status not in ALLOWED[type(command)]:
        raise wrong_status(state, command)
    return decision(command, state, actor, now)


def _begin(command: c.Command, actor: Actor, now: datetime) -> list[e.DomainEvent]:
    match command:
        case c.Receive():
            # A machine's mail needs no answer: it is kept and can be found, but it joins no queue.
            status = OPEN if command.automatic is None else ARCHIVED
            opened = _opened(command, actor, now).model_copy(
                update={"status": status, "automatic": command.automatic}
            )
            return [opened, messages.received(command, actor, now)]
        case c.Start():
            return [_opened(command, actor, now)]
        case c.BeginWithSplit(absorbed=absorbed):
            opened = _opened(command, actor, now).model_copy(update={"split_from": absorbed.conversation_id})
            return [opened, *joining.begun(absorbed, actor, now)]
    raise Refused("not_found", "There is no such conversation.")


def _opened(command: c.Receive | c.Start | c.BeginWithSplit, actor: Actor, now: datetime) -> e.Opened:
    return e.Opened(
        at=now,
        actor=actor,
        number=command.number,
        channel=command.channel,
        account=command.account,
        contact_id=command.contact_id,
        status=OPEN,
    )
