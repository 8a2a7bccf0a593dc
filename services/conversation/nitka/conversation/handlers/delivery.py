"""What became of a message of ours, whoever tells it: its channel, or a mail that came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import decide
from nitka.conversation.domain import events as e
from nitka.conversation.handlers.lookups import Sent
from nitka.conversation.handlers.unit import Unit
from nitka.conversation.store.mapping import Meta
from nitka.events import SYSTEM, UNDELIVERED, DeliveryState


@dataclass(frozen=True, slots=True)
class Report:
    """`attempt` is None where only the last one can be meant, `recipient` an address, where it is about one."""

    state: DeliveryState
    attempt: int | None
    hard: bool
    recipient: str | None
    reason: str | None


def record_delivery(unit: Unit, sent: Sent, report: Report, at: datetime, meta: Meta) -> bool:
    """Record a report on a message of ours; whether it was news."""
    message_id, conversation_id = sent.id, unit.alive(sent.conversation_id)
    state = unit.state(conversation_id) if conversation_id else None
    if conversation_id is None or state is None:
        return False
    missed = report.state in UNDELIVERED
    recipient_id, partial = unit.failed_recipient_id(sent, report.recipient) if missed else (None, False)
    attempt = report.attempt or state.deliveries.get(message_id, (None, 1))[1]
    author = sent.agent_id if missed else None
    command = c.RecordDelivery(message_id, report.state, attempt, report.hard, recipient_id, partial, author)
    events = decide(state, command, SYSTEM, at)
    without = {(x.recipient_id, x.attempt) for x in events if isinstance(x, e.DeliveryChanged) and x.partial}
    if partial and report.attempt:
        without.add((recipient_id, report.attempt))  # told before of all: what is told of one says more
    if report.reason:
        for one, tried in without:
            unit.edits.set_missed_reason(message_id, one, tried, report.reason)
    if not events:
        return False
    unit.record(conversation_id, events, meta)
    after = unit.state(conversation_id)
    assert after is not None
    if after.deliveries[message_id] != state.deliveries[message_id]:
        # One that only a part has missed is over without a reason of its own.
        whole = after.deliveries[message_id][0] is report.state
        unit.edits.set_delivery(message_id, after.deliveries[message_id][0], report.reason if whole else None)
    return True
