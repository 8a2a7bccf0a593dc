"""An agent's command, carried out once: load, decide, store, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nitka.conversation.domain import Conversation, Refused, decide
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.events import DomainEvent
from nitka.conversation.handlers.unit import Unit, unit_of_work
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta
from nitka.events import Actor, Attachment, ContactPoint, DeliveryState
from nitka.events.conversation import AssignReason


@dataclass(frozen=True, slots=True)
class Request:
    """Who commands what, when. `agent_name` signs a reply."""

    conversation_id: UUID
    command_id: UUID
    actor: Actor
    now: datetime
    agent_name: str = ""
    traceparent: str | None = None

    @property
    def meta(self) -> Meta:
        return Meta(causation_id=self.command_id, correlation_id=self.command_id, traceparent=self.traceparent)


Step = Callable[[Unit, Conversation], None]


def run(log: EventLog, request: Request, step: Step) -> None:
    """Carry out a step once, however often it is asked for. Raises Refused; then nothing was stored."""
    with unit_of_work(log) as unit:
        if not unit.unprocessed([request.command_id]):
            return
        unit.load([request.conversation_id])
        state = unit.state(request.conversation_id)
        if state is None:
            raise Refused("not_found", "There is no such conversation.")
        step(unit, state)
        unit.processed(request.command_id, request.now)


def carry_out(log: EventLog, request: Request, *commands: c.Command) -> None:
    """Carry out commands that need no content. Raises Refused; then nothing was stored."""

    def step(unit: Unit, _: Conversation) -> None:
        for command in commands:
            apply(unit, request, command)

    run(log, request, step)


def apply(unit: Unit, request: Request, command: c.Command, content: Content | None = None) -> list[DomainEvent]:
    """Decide and record one command. Raises Refused."""
    state = unit.state(request.conversation_id)
    events = decide(state, command, request.actor, request.now)
    if events:
        unit.record(request.conversation_id, events, request.meta, content)
    return events


def add_note(
    log: EventLog,
    request: Request,
    text: str,
    mentions: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
) -> None:
    """Add an internal note that calls the `mentions`, agents by id: it is unread for them. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        content = written(request, state, Kind.NOTE, text)
        content.mentions, content.attachments = mentions, attachments
        apply(unit, request, c.AddNote(content.id, tuple(mentions)), content)
        unit.mark_unread({*mentions} - {request.actor.id}, request.conversation_id)
        unit.finish_draft(content, f"{request.conversation_id}.note")

    if not text and not attachments:
        raise Refused("empty", "There is nothing to note.")
    run(log, request, step)


def assign(log: EventLog, request: Request, wanted: c.Assign) -> None:
    """Give it to an agent or back to the queue. Who gets it from a colleague has it unread. Raises Refused."""

    def step(unit: Unit, _: Conversation) -> None:
        by_hand = wanted.reason is AssignReason.MANUAL and wanted.assignee not in (None, request.actor.id)
        if apply(unit, request, wanted) and by_hand:
            unit.mark_unread([wanted.assignee or ""], request.conversation_id)

    run(log, request, step)


def add_participant(log: EventLog, request: Request, contact: ContactPoint) -> None:
    """Answers go to this address as well from now on. Raises Refused."""

    def step(unit: Unit, _: Conversation) -> None:
        apply(unit, request, c.AddParticipant(unit.contact_ids([contact])[contact.key]))

    run(log, request, step)


def remove_participant(log: EventLog, request: Request, contact: ContactPoint) -> None:
    """Answers do not go to this address any more. Raises Refused."""

    def step(unit: Unit, _: Conversation) -> None:
        apply(unit, request, c.RemoveParticipant(unit.contact_ids([contact])[contact.key]))

    run(log, request, step)


def retry_delivery(log: EventLog, request: Request, message_id: UUID) -> None:
    """Send a message again that failed or is unconfirmed. Raises Refused."""

    def step(unit: Unit, _: Conversation) -> None:
        apply(unit, request, c.RetryDelivery(message_id))
        unit.edits.set_delivery(message_id, DeliveryState.QUEUED, None)

    run(log, request, step)


def written(request: Request, state: Conversation, kind: Kind, text: str) -> Content:
    """The content row of what the one who commands has written."""
    return Content(
        id=request.command_id,
        conversation_id=request.conversation_id,
        sequence=state.version + 1,
        kind=kind,
        at=request.now,
        channel=state.channel.value,
        account=state.account,
        agent_id=request.actor.id,
        author_name=request.agent_name or None,
        text=text.replace("\x00", "\ufffd"),
    )
