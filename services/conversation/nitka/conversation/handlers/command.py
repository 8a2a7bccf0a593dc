"""An agent's command, carried out once: load, decide, store, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nitka.api import conversations as api
from nitka.conversation.domain import Conversation, Refused, decide
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.events import DomainEvent
from nitka.conversation.handlers.unit import Unit, unit_of_work
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta
from nitka.events import Actor, Channel, ContactPoint, DeliveryState

REFERENCES_MAX = 20
"""Ids in the References of our mails: the first, which names the thread, and the newest."""


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


def _run(log: EventLog, request: Request, step: Step) -> None:
    with unit_of_work(log) as unit:
        if not unit.unprocessed([request.command_id]):
            return
        unit.load([request.conversation_id])
        state = unit.state(request.conversation_id)
        if state is None:
            raise Refused("not_found", "There is no such conversation.")
        step(unit, state)
        unit.processed(request.command_id)


def carry_out(log: EventLog, request: Request, *commands: c.Command) -> None:
    """Carry out commands that need no content. Raises Refused; then nothing was stored."""

    def step(unit: Unit, _: Conversation) -> None:
        for command in commands:
            _apply(unit, request, command)

    _run(log, request, step)


def _apply(unit: Unit, request: Request, command: c.Command, content: Content | None = None) -> list[DomainEvent]:
    state = unit.state(request.conversation_id)
    events = decide(state, command, request.actor, request.now)
    if events:
        unit.record(request.conversation_id, events, request.meta, content)
    return events


def add_note(log: EventLog, request: Request, text: str) -> None:
    """Add an internal note. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        content = _written(request, state, Kind.NOTE, text)
        _apply(unit, request, c.AddNote(content.id), content)

    _run(log, request, step)


def reply(log: EventLog, request: Request, body: api.Reply) -> None:
    """Answer the customer and do what `then` says, in one step. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        content = _outbound(unit, request, state, body)
        _apply(unit, request, c.Reply(content.id), content)
        unit.index(state.account, [content.external_id or ""], request.conversation_id)
        if body.then == "close":
            _apply(unit, request, c.Close())
            content.rating_closing = state.closings + 1
        elif body.then == "snooze" and body.snooze_until is not None:
            _apply(unit, request, c.Snooze(body.snooze_until))

    if not body.text.strip() and not body.attachments:
        raise Refused("empty", "There is nothing to send.")
    if body.then == "snooze" and body.snooze_until is None:
        raise Refused("snooze_without_time", "Say until when to snooze.")
    _run(log, request, step)


def retry_delivery(log: EventLog, request: Request, message_id: UUID) -> None:
    """Send a message again that failed or is unconfirmed. Raises Refused."""

    def step(unit: Unit, _: Conversation) -> None:
        _apply(unit, request, c.RetryDelivery(message_id))
        unit.set_delivery(message_id, DeliveryState.QUEUED, None)

    _run(log, request, step)


def rate(log: EventLog, request: Request, score: int, closing: int, comment: str | None) -> None:
    """Record the customer's rating. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        content = _written(request, state, Kind.COMMENT, comment) if comment else None
        _apply(unit, request, c.Rate(score, closing, content.id if content else None))
        if content:
            unit.add_content(content)

    _run(log, request, step)


def _written(request: Request, state: Conversation, kind: Kind, text: str) -> Content:
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


def _outbound(unit: Unit, request: Request, state: Conversation, body: api.Reply) -> Content:
    last = unit.last_inbound(request.conversation_id)
    content = _written(request, state, Kind.OUTBOUND, body.text)
    content.recipients = body.to or _answer_to(unit, last)
    content.cc = body.cc
    content.attachments = body.attachments
    content.delivery = DeliveryState.QUEUED.value
    if state.channel is Channel.EMAIL:
        domain = state.account.rpartition("@")[2]
        content.external_id = f"{content.id}@{domain}"
        content.subject = answer_subject(unit.subject(request.conversation_id), state.number)
        content.in_reply_to = last.external_id if last else None
        content.refs = _references(last)
    else:
        content.external_id = str(content.id)
        content.in_reply_to = last.external_id if last else None
    return content


def _answer_to(unit: Unit, last: Content | None) -> Sequence[ContactPoint]:
    if last is None or last.contact_id is None:
        raise Refused("no_recipient", "Nobody has written here yet; say whom to send it to.")
    found = last.reply_to or unit.contact(last.contact_id)
    if found is None:
        raise Refused("no_recipient", "The customer's address has been erased.")
    return [found]


def _references(last: Content | None) -> list[str]:
    if last is None or last.external_id is None:
        return []
    chain = [*last.refs, last.external_id]
    return chain if len(chain) <= REFERENCES_MAX else [chain[0], *chain[1 - REFERENCES_MAX :]]


def answer_subject(subject: str | None, number: int) -> str:
    """`Re:` once, and the number, by which an answer finds back even when a mail client drops all headers."""
    plain = " ".join((subject or "").split())
    while plain[:3].lower() == "re:":
        plain = plain[3:].lstrip()
    mark = f"[#{number}]"
    return f"Re: {plain}" if mark in plain else f"Re: {plain} {mark}".replace("  ", " ")
