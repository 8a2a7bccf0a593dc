"""Asking the customer how it was, and what they say."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from nitka.conversation.domain import Conversation, Refused, decide, threading
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.subjects import answer_subject
from nitka.conversation.handlers.command import Request, apply, run, written
from nitka.conversation.handlers.unit import Unit, unit_of_work
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Channel,
    ContactPoint,
    ConversationStatus,
    DeliveryState,
    Envelope,
    RatingReceived,
    derived_id,
)
from nitka.events.conversation import BAD_RATING

REQUEST = "rating_request"
"""What `automatic` of a message says that only asks for a rating."""

ASK_AFTER = timedelta(seconds=30)
"""How long such a message waits: a closing by a stray key can be undone until then, and nobody was asked."""


def ask_to_rate(unit: Unit, request: Request, answer: Content | None = None) -> None:
    """After a closing: ask below the `answer` that closed it, if that is a mail to the customer alone, else later,
    in a message apart: who has the link rates as the customer.

    Nothing where the inbox does not want it, where nobody wrote to us or we have never answered, and where nobody
    can be reached.
    """
    state = unit.state(request.conversation_id)
    if state is None or not unit.asks_for_rating(state.account):
        return
    if answer is not None and state.channel is Channel.EMAIL and _is_for_customer(unit, answer):
        _ask(unit, request, state, answer)
    else:
        unit.ask_later(request.conversation_id, state.closings, request.now + ASK_AFTER)


def _ask(unit: Unit, request: Request, state: Conversation, below: Content | None = None) -> None:
    message = below or _question(unit, request, state)
    events = decide(state, c.RequestRating(message.id), SYSTEM, request.now) if message else []
    if message is None or not events:
        return
    message.rating_closing = state.closings
    unit.record(request.conversation_id, events, request.meta, None if below else message)


def ask_due(log: EventLog, now: datetime, limit: int) -> int:
    """Ask about closings that nobody has undone; returns how many were looked at. Driven by the table, so a
    restart loses none."""
    with unit_of_work(log) as unit:
        due = unit.take_questions(now, limit)
        unit.load([conversation_id for conversation_id, _ in due])
        for conversation_id, closing in due:
            state = unit.state(conversation_id)
            if state and (state.status, state.closings) == (ConversationStatus.CLOSED, closing):
                cause = derived_id("rating-due", str(conversation_id), str(closing))
                _ask(unit, Request(conversation_id, cause, SYSTEM, now), state)
    return len(due)


def close(log: EventLog, request: Request, undo: bool = False) -> None:
    """Close a conversation and, if it stays closed, ask how it was; not where it is closed as it was before it was
    reopened (`undo`). Raises Refused."""

    def step(unit: Unit, _: Conversation) -> None:
        apply(unit, request, c.Close())
        if not undo:
            ask_to_rate(unit, request)

    run(log, request, step)


def _customer(unit: Unit, last: Content | None) -> ContactPoint | None:
    """Whom we ask: who wrote the last message that came in."""
    if last is None or last.contact_id is None:
        return None
    return last.reply_to or unit.contact(last.contact_id)


def _is_for_customer(unit: Unit, answer: Content) -> bool:
    customer = _customer(unit, unit.last_inbound(answer.conversation_id))
    readers = {point.key for point in (*answer.recipients, *answer.cc, *answer.bcc)}
    return customer is not None and readers == {customer.key}


def _question(unit: Unit, request: Request, state: Conversation) -> Content | None:
    last = unit.last_inbound(request.conversation_id)
    to = _customer(unit, last)
    if last is None or to is None:
        return None
    asked = written(request, state, Kind.OUTBOUND, "")
    asked.id = derived_id("rating-request", str(request.conversation_id), str(state.closings))
    asked.agent_id = asked.author_name = None
    asked.recipients, asked.automatic, asked.delivery = [to], REQUEST, DeliveryState.QUEUED.value
    asked.in_reply_to, asked.original_id = last.external_id, last.id
    if state.channel is Channel.EMAIL:
        asked.external_id = f"{asked.id}@{state.account.rpartition('@')[2]}"
        asked.subject = answer_subject(unit.subject(request.conversation_id), state.number)
        asked.refs = [last.external_id] if last.external_id else []
        unit.index(state.account, [asked.external_id], request.conversation_id)
    else:
        asked.external_id = str(asked.id)
    return asked


def record_rating(unit: Unit, token_key: bytes, envelope: Envelope, rating: RatingReceived) -> None:
    """Record what a customer chose of a channel's buttons. A forged or stale choice changes nothing."""
    found = threading.read_rating_token(token_key, rating.token)
    if found is None or unit.alive(found[0]) is None:
        return
    contact = unit.contact_ids([rating.sender])[rating.sender.key]
    request = Request(
        conversation_id=found[0],
        command_id=derived_id("rating-comment", str(envelope.event_id)),
        actor=Actor(kind=ActorKind.CUSTOMER, id=str(contact)),
        now=min(envelope.occurred_at, envelope.recorded_at),
    )
    with suppress(Refused):
        _rate(unit, request, Meta.of(envelope), rating.score, found[1], rating.comment)


def rate(log: EventLog, request: Request, score: int, closing: int, comment: str | None) -> None:
    """Record the customer's rating. Raises Refused."""

    run(log, request, lambda unit, _: _rate(unit, request, request.meta, score, closing, comment))


def _rate(unit: Unit, request: Request, meta: Meta, score: int, closing: int, comment: str | None) -> None:
    """Record a rating where its closing was counted, and show it where that goes on; a bad one is unread for the
    assignee and the followers. Raises Refused."""
    asked, place = request.conversation_id, unit.alive(request.conversation_id)
    state, shown = unit.state(asked), unit.state(place) if place else None
    if state is None or shown is None or place is None:
        raise Refused("not_found", "There is no such conversation.")
    content = written(request, state, Kind.COMMENT, comment) if comment else None
    rated = c.Rate(score, closing, content.id if content else None)
    unit.record(asked, decide(state, rated, request.actor, request.now), meta)
    if place != asked:
        unit.record(place, decide(shown, c.AbsorbRating(asked, score), request.actor, request.now), meta)
    if score <= BAD_RATING:
        unit.mark_unread(shown.followers | ({shown.assignee} if shown.assignee else set()), place)
    if content is not None:
        content.conversation_id = place
        unit.add_content(content)
