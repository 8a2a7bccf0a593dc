"""What happens to conversations without an agent: receipts, known customers, what the clock brings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from nitka.api.rules import WINDOW_HOURS_MAX
from nitka.conversation.domain import Refused, decide
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.events import Reopened
from nitka.conversation.handlers.customers import note_facts
from nitka.conversation.handlers.delivery import Report, record_delivery
from nitka.conversation.handlers.erasure import erase
from nitka.conversation.handlers.lookups import Lookups, Sent
from nitka.conversation.handlers.rating import ask_due
from nitka.conversation.handlers.unit import Unit, unit_of_work
from nitka.conversation.handlers.writing import release_due
from nitka.conversation.store import old
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta
from nitka.events import (
    SYSTEM,
    CustomerErased,
    CustomerIdentified,
    CustomersMerged,
    Envelope,
    MessageReceipt,
    Payload,
    derived_id,
)
from nitka.events.topics import CONTENT_RETENTION_MS

BATCH = 200
"""Conversations of a kind that one look at the clock takes; rows that are forgotten at a time."""

REPEATED = timedelta(milliseconds=2 * CONTENT_RETENTION_MS)
"""How long an event is known by its id alone: well beyond the time in which the broker can repeat it."""

ANSWERED = timedelta(hours=WINDOW_HOURS_MAX)
"""How long an automatic answer is known: no window is longer."""


def record_receipts(log: EventLog, batch: Sequence[tuple[Envelope, MessageReceipt]]) -> None:
    """Record what channels report on outbound messages. A receipt for an unknown message is dropped: it is
    for another system that shares the account."""
    with unit_of_work(log) as unit:
        fresh = unit.unprocessed({e.event_id for e, _ in batch})
        for envelope, receipt in batch:
            if envelope.event_id in fresh:
                fresh.discard(envelope.event_id)
                _record_receipt(unit, envelope, receipt)
                unit.processed(envelope.event_id, envelope.recorded_at)


def _record_receipt(unit: Unit, envelope: Envelope, receipt: MessageReceipt) -> None:
    found = _message_of(unit, receipt)
    if found is None:
        return
    report = Report(receipt.state, receipt.attempt, receipt.hard, receipt.recipient, receipt.reason)
    at = min(envelope.occurred_at, envelope.recorded_at)
    if record_delivery(unit, found, report, at, Meta.of(envelope)) and receipt.provider_id:
        unit.edits.set_external_id(found.id, receipt.provider_id)


def _message_of(unit: Unit, receipt: MessageReceipt) -> Sent | None:
    if receipt.conversation_id is not None and receipt.message_id is not None:
        # It may have been split off since it left; what was erased is looked for where it was.
        return unit.outbound(receipt.message_id) or Sent(receipt.message_id, receipt.conversation_id)
    if receipt.provider_id is None:
        return None
    return unit.outbound_by_external(receipt.account, [receipt.provider_id]).get(receipt.provider_id)


def link_customers(log: EventLog, batch: Sequence[tuple[Envelope, Payload]]) -> None:
    """Give conversations the customer behind their contact point, and forget those who are erased."""
    with unit_of_work(log) as unit:
        fresh = unit.unprocessed({e.event_id for e, _ in batch})
        for envelope, payload in batch:
            if envelope.event_id not in fresh:
                continue
            fresh.discard(envelope.event_id)
            note_facts(unit, payload)
            if isinstance(payload, CustomerIdentified):
                _link(
                    unit, envelope, payload.customer_id, unit.give_contacts(payload.contacts, payload.customer_id)
                )
            elif isinstance(payload, CustomersMerged):
                moved = unit.move_contacts(payload.merged_id, payload.customer_id)
                _link(unit, envelope, payload.customer_id, moved)
            if not isinstance(payload, CustomerErased):
                unit.processed(envelope.event_id, envelope.recorded_at)
    for envelope, payload in batch:
        if isinstance(payload, CustomerErased):
            erase(log, envelope, payload)


def _link(unit: Unit, envelope: Envelope, customer_id: UUID, contact_ids: Sequence[UUID]) -> None:
    conversations = unit.conversations_with(contact_ids)
    unit.load(conversations)
    at = min(envelope.occurred_at, envelope.recorded_at)
    for conversation_id in conversations:
        state = unit.state(conversation_id)
        if state is None or state.merged_into is not None:
            continue
        events = decide(state, c.LinkCustomer(customer_id), SYSTEM, at)
        if events:
            unit.record(conversation_id, events, Meta.of(envelope))


def forget_old(log: EventLog, now: datetime) -> int:
    """Forget some of what only had to be known for a while; returns how many rows that were, BATCH of each kind at
    most."""
    with log.writing() as cursor:
        events = old.forget_processed(cursor, now - REPEATED, BATCH)
        return events + old.forget_answers(cursor, now - ANSWERED, BATCH)


def do_what_is_due(log: EventLog, now: datetime) -> int:
    """Let answers leave, ask for ratings, end snoozes whose time has come; returns how many of one kind at most.
    Writers are not held up where there are none."""
    with log.reading() as cursor:
        due = Lookups(cursor).due(now)
    timers = (release_due, ask_due, end_snoozes)
    return max((timer(log, now, BATCH) for timer, rings in zip(timers, due, strict=True) if rings), default=0)


def end_snoozes(log: EventLog, now: datetime, limit: int) -> int:
    """Reopen conversations whose snooze has ended, unread for who is to look at them; returns how many. Driven by
    the table, so a restart loses none."""
    with unit_of_work(log) as unit:
        due = unit.snoozed_until(now, limit)
        unit.load(due)
        for conversation_id in due:
            state = unit.state(conversation_id)
            cause = derived_id("snooze-ended", str(conversation_id), str(state.version if state else 0))
            try:
                events = decide(state, c.EndSnooze(), SYSTEM, now)
            except Refused:
                continue
            unit.record(conversation_id, events, Meta(causation_id=cause, correlation_id=cause))
            unit.mark_unread(
                [e.woken_for for e in events if isinstance(e, Reopened) and e.woken_for], conversation_id
            )
    return len(due)
