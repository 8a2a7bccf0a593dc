"""Forgetting a person: what they wrote and what was written to them is deleted, the facts stay."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from nitka.conversation.handlers.rebuild import rebuild_rows
from nitka.conversation.handlers.unit import unit_of_work
from nitka.conversation.store import erasing
from nitka.conversation.store.events import EventLog
from nitka.events import CustomerErased, Envelope
from nitka.runtime.blobs import Blobs

ON_THEIR_WAY = timedelta(days=1)
"""How long files outlive their messages: another mail, accepted and not stored yet, may have the same ones."""


def erase(log: EventLog, envelope: Envelope, erased: CustomerErased) -> None:
    """Delete the content of this person's conversations, what they wrote in those of others, their address in what
    others were told, and their contact points. The event log holds ids and facts only, so it stays; list rows are
    made anew without the content."""
    points = {(p.kind.value, p.value) for p in erased.contacts}
    with log.reading() as cursor:
        points.update(erasing.contacts_of(cursor, erased.customer_id, erased.contacts).values())
        naming = erasing.messages_naming(cursor, points)
    with unit_of_work(log) as unit:
        if not unit.unprocessed([envelope.event_id]):
            return
        contacts = list(erasing.contacts_of(unit.cursor, erased.customer_id, erased.contacts))
        own = unit.conversations_with(contacts)
        others = erasing.conversations_written_in(unit.cursor, contacts)
        erasing.delete_content(unit.cursor, own, contacts)
        erasing.blank_addresses(unit.cursor, naming, contacts, points)
        erasing.drop_drafts(unit.cursor, points)
        rebuild_rows(unit.cursor, {*own, *others})
        unit.processed(envelope.event_id, envelope.recorded_at)
    log.recent.clear()
    log.kept.clear()


async def forget_files(log: EventLog, blobs: Blobs, now: datetime, limit: int) -> int:
    """Delete some files of erased messages that nothing else refers to; returns how many were looked for. Raises
    BlobsAway; then they are looked for again."""
    before = now - ON_THEIR_WAY

    def find() -> tuple[list[str], list[str]]:
        with log.reading() as cursor:
            return erasing.files_left(cursor, before, limit)

    def forget() -> None:
        with log.writing() as cursor:
            erasing.forget_files(cursor, left, before)

    left, unused = await asyncio.to_thread(find)
    for blob in unused:
        await blobs.delete(blob)
    if left:
        await asyncio.to_thread(forget)
    return len(left)
