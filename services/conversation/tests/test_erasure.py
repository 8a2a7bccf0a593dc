"""A person is forgotten: their words, their address in what others were told, their files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from services.conversation.tests.test_writing import JAN, answer

from nitka.api import commands as api
from nitka.api.personal import DraftBody
from nitka.conversation.handlers import writing
from nitka.conversation.handlers.background import link_customers
from nitka.conversation.handlers.erasure import forget_files
from nitka.conversation.store import drafts, search_index
from nitka.conversation.store.schema import SCHEMA
from nitka.events import (
    SYSTEM,
    Attachment,
    ContactKind,
    ContactPoint,
    CustomerErased,
    DeliveryState,
    envelope,
)
from nitka.runtime.blobs import BlobMissing, Blobs, BlobsAway

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

ANN = ContactPoint(kind=ContactKind.EMAIL, value="ann@x.example", name="Ann Quux")
TABLES = (
    "message", "message_search", "contact", "contact_search", "conversation", "stored_events", "thread_key",
    "draft",
)  # fmt: skip


def erase(story: Story) -> None:
    """Ann is to be forgotten."""
    payload = CustomerErased(customer_id=uuid4(), contacts=(ANN,))
    wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=story.noon, recorded_at=story.noon)
    link_customers(story.log, [(wrapped, payload)])


def everything(story: Story) -> str:
    return str([story.rows(f"SELECT * FROM conversation.{table}") for table in TABLES])


def test_an_erased_person_leaves_facts_and_no_words(story: Story) -> None:
    ann, bob = story.mail("a@x", ANN.value), story.mail("b@x", "bob@x.example", 5, answers="a@x")
    other = story.mail("c@x", "eve@x.example")
    conversation = story.place(ann)
    del bob
    erase(story)

    assert story.rows("SELECT id FROM conversation.message WHERE conversation_id = %s", conversation) == []
    erased = story.row(conversation)
    assert (erased["subject"], erased["preview"], erased["message_count"]) == (None, "", 2)
    assert ANN.value not in everything(story)
    assert story.row(story.place(other))["preview"] == "This is c@x."


async def test_an_erased_person_is_no_addressee_of_what_others_were_told(story: Story, postgres_dsn: str) -> None:
    place = story.place(story.mail("a@x", "bob@x.example"))
    told = story.request(place)
    body = answer(to=[JAN.model_dump()], cc=[ANN.model_dump()], bcc=[ANN.model_dump()])
    writing.reply(story.log, told, body)
    story.receipt(told.command_id, DeliveryState.FAILED, ANN.value, reason="550 <ann@x.example> is unknown")
    forward = {"command_id": uuid4(), "message_id": _first(story, place), "to": [ANN], "text": "See below"}
    writing.forward(story.log, story.request(place), api.Forward.model_validate(forward))
    with story.log.writing() as cursor:
        cursor.execute("UPDATE message SET reply_to = %s WHERE kind = 'inbound'", (ANN.model_dump_json(),))
        cursor.execute("INSERT INTO relay VALUES ('search', 0)")
    async with await psycopg.AsyncConnection.connect(
        postgres_dsn, row_factory=dict_row, options=f"-c search_path={SCHEMA}"
    ) as connection:
        await search_index.step(connection)
    assert "'quux'" in everything(story)
    erase(story)

    left = everything(story).lower()
    assert (ANN.value in left, "quux" in left) == (False, False)
    sent = story.rows("SELECT recipients, cc, bcc FROM conversation.message WHERE id = %s", told.command_id)
    assert sent == [{"recipients": [JAN.model_dump(mode="json", exclude_none=True)], "cc": None, "bcc": None}]
    assert story.rows("SELECT id FROM conversation.message_search WHERE words @@ 'jan'")


def _first(story: Story, place: UUID) -> UUID:
    return story.state(place).messages[0]


def test_what_is_begun_to_an_erased_person_is_dropped(story: Story) -> None:
    place = story.place(story.mail("a@x", "bob@x.example"))
    begun = {
        ("ola", "new"): DraftBody(to=(ANN,), text="Hello"),
        ("jo", "new"): DraftBody(to=(ANN, JAN), text="Both"),
        ("jo", f"{place}"): DraftBody(cc=(ANN,), text="Copy"),
        ("jo", f"{place}.forward"): DraftBody(mode="forward", to=(ANN,), text="Look"),
        ("kim", "new"): DraftBody(to=(JAN,), text="Jan"),
    }
    with story.log.writing() as cursor:
        for (agent, key), body in begun.items():
            drafts.put(cursor, agent, key, body.model_dump(mode="json"), story.noon)
    erase(story)

    left = {(row["agent_id"], row["key"]): row["body"] for row in story.rows("SELECT * FROM conversation.draft")}
    assert {key: DraftBody.model_validate(body) for key, body in left.items()} == {
        ("jo", "new"): DraftBody(to=(JAN,), text="Both"),
        ("jo", f"{place}"): DraftBody(text="Copy"),
        ("kim", "new"): begun["kim", "new"],
    }


async def test_files_of_an_erased_person_are_deleted_unless_somebody_else_has_them(
    story: Story, tmp_path: Path
) -> None:
    blobs = Blobs(f"file://{tmp_path}/blobs")
    source, anns, shared, begun, dropped = [
        await blobs.put(content) for content in (b"mail", b"ann", b"logo", b"begun", b"dropped")
    ]
    ann, bob = (story.place(story.mail(f"{n}@x", f"{n}@x.example")) for n in ("ann", "bob"))
    writing.reply(story.log, story.request(ann), answer(attachments=[_file(f) for f in (anns, shared, begun)]))
    writing.reply(story.log, story.request(bob), answer(attachments=[_file(shared)]))
    with story.log.writing() as cursor:
        cursor.execute("UPDATE message SET raw_blob = %s WHERE external_id = 'ann@x'", (source,))
        for key, file in (("new", begun), (f"{ann}", dropped)):
            body = DraftBody(text="Hello", attachments=(Attachment.model_validate(_file(file)),))
            drafts.put(cursor, "ola", key, body.model_dump(mode="json"), story.noon)
    erase(story)

    now, later = datetime.now(UTC), datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert await forget_files(story.log, blobs, now, 10) == 0, "others may be on their way"
    with pytest.raises(BlobsAway):
        await forget_files(story.log, _Away(f"file://{tmp_path}/blobs"), later, 10)
    assert await forget_files(story.log, blobs, later, 10) == 5
    assert await forget_files(story.log, blobs, later, 10) == 0
    assert (await blobs.get(shared), await blobs.get(begun)) == (b"logo", b"begun")
    for gone in (source, anns, dropped):
        with pytest.raises(BlobMissing):
            await blobs.get(gone)


class _Away(Blobs):
    async def delete(self, key: str) -> None:
        raise BlobsAway(key)


def _file(blob: str) -> dict[str, object]:
    return {"blob": blob, "filename": "a.txt", "media_type": "text/plain", "size": 3}
