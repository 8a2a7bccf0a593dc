"""Forgetting a person: what they wrote and what was written to them is deleted, the facts stay."""

from __future__ import annotations

from nitka.conversation.handlers.rebuild import rebuild_rows
from nitka.conversation.handlers.unit import unit_of_work
from nitka.conversation.store.events import EventLog
from nitka.events import CustomerErased, Envelope


def erase(log: EventLog, envelope: Envelope, erased: CustomerErased) -> None:
    """Delete the content of this person's conversations, what they wrote in those of others, and their contact
    points. The event log holds ids and facts only, so it stays; list rows are made anew without the content."""
    with unit_of_work(log) as unit:
        if not unit.unprocessed([envelope.event_id]):
            return
        contacts = unit.contacts_of(erased.customer_id, erased.contacts)
        own = unit.conversations_with(contacts)
        others = unit.conversations_written_in(contacts)
        unit.delete_content(own, contacts)
        rebuild_rows(unit.cursor, {*own, *others})
        unit.processed(envelope.event_id, envelope.recorded_at)
    log.recent.clear()
    log.kept.clear()
