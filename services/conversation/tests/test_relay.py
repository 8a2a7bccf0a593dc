"""What the relay takes from memory, and what another process may have changed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from nitka.api import commands as api
from nitka.conversation.domain import events as e
from nitka.conversation.handlers import command, writing
from nitka.conversation.handlers.background import record_receipts
from nitka.conversation.handlers.language import detect
from nitka.conversation.outbox import Outbox
from nitka.conversation.outbox.public import Material
from nitka.conversation.outbox.relay import gather
from nitka.conversation.outbox.words import WORDS
from nitka.conversation.store import mapping
from nitka.conversation.store.events import EventLog, open_log
from nitka.events import SYSTEM, Channel, DeliveryState, MessageReceipt, MessageRequested, envelope, parse
from nitka.events import conversation as public
from nitka.events.topics import CONVERSATION_EVENTS, OUTBOUND_MESSAGES

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


@pytest.fixture
def other(story: Story, postgres_dsn: str) -> Iterator[EventLog]:
    """Another process beside the story's."""
    with open_log(postgres_dsn) as opened:
        yield opened


def _gathered(story: Story, dsn: str, *kinds: type[e.DomainEvent]) -> tuple[list[mapping.Recorded], Material]:
    """The events of these kinds, with the content that the relay of the story's process finds for them."""
    stored = [mapping.from_stored(n) for n in story.log.select_notifications(start=1, limit=1000)]
    recorded = [r for r in stored if isinstance(r.event, kinds)]

    async def run() -> Material:
        async with await psycopg.AsyncConnection.connect(
            dsn, row_factory=dict_row, options="-c search_path=conversation"
        ) as connection:
            return await gather(connection, story.log.recent, recorded)

    return recorded, asyncio.run(run())


def test_an_answer_that_another_process_released_has_its_question(
    story: Story, other: EventLog, postgres_dsn: str
) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    held = api.Reply(command_id=uuid4(), text="On its way.", hold_seconds=10, then="close")
    writing.reply(story.log, story.request(place), held)
    assert writing.release_due(other, story.at(61), 10) == 1
    (replied,), material = _gathered(story, postgres_dsn, e.Replied)
    outbox = Outbox(b"k" * 32, "https://shop.example/rate/", WORDS["en"], detect)
    (sent,) = [
        parse(OUTBOUND_MESSAGES, r.value).payload
        for r in outbox.records(replied, material)
        if r.topic == OUTBOUND_MESSAGES.name
    ]
    assert sent is not None
    assert sent.rating is not None  # type: ignore[attr-defined]


def test_an_answer_quotes_what_it_answers_on_the_shops_clock(story: Story, postgres_dsn: str) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), api.Reply(command_id=uuid4(), text="On its way."))
    with story.log.writing() as cursor:
        cursor.execute('INSERT INTO shop_setting (body) VALUES (\'{"time_zone": "Europe/Warsaw"}\')')
    story.log.recent.clear()
    (replied,), material = _gathered(story, postgres_dsn, e.Replied)
    (_, record) = Outbox(b"k" * 32, "", WORDS["pl"], lambda _: None).records(replied, material)
    sent = parse(OUTBOUND_MESSAGES, record.value).payload
    assert isinstance(sent, MessageRequested)
    assert sent.text == "On its way.\n\nW dniu 02.03.2026 o 13:00 ann@x.example pisze:\n> This is a@x."


def _failed(log: EventLog, story: Story, place: UUID, message_id: UUID) -> None:
    receipt = MessageReceipt(
        conversation_id=place,
        message_id=message_id,
        channel=Channel.EMAIL,
        account=story.account,
        state=DeliveryState.FAILED,
        reason="no such mailbox",
    )
    wrapped = envelope(receipt, event_id=uuid4(), actor=SYSTEM, occurred_at=story.at(61), recorded_at=story.at(61))
    record_receipts(log, [(wrapped, receipt)])


def test_why_a_message_failed_is_told_though_another_process_heard_of_it(
    story: Story, other: EventLog, postgres_dsn: str
) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, api.Reply(command_id=uuid4(), text="On its way."))
    _failed(other, story, place, asked.command_id)
    (changed,), material = _gathered(story, postgres_dsn, e.DeliveryChanged)
    (record,) = Outbox(b"k" * 32, "", WORDS["en"], detect).records(changed, material)
    told = parse(CONVERSATION_EVENTS, record.value).payload
    assert isinstance(told, public.DeliveryChanged)
    assert told.reason == "no such mailbox"


def test_what_was_erased_elsewhere_is_not_sent_again(story: Story, other: EventLog, postgres_dsn: str) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, api.Reply(command_id=uuid4(), text="On its way."))
    _failed(other, story, place, asked.command_id)
    with other.writing() as cursor:
        cursor.execute("DELETE FROM message WHERE id = %s", (asked.command_id,))
    command.retry_delivery(other, story.request(place, 62), asked.command_id)
    _, material = _gathered(story, postgres_dsn, e.DeliveryChanged)
    assert material.messages == {}


def test_what_an_event_wrote_is_taken_from_memory(story: Story, postgres_dsn: str) -> None:
    question = story.mail("a@x", "ann@x.example")
    _, material = _gathered(story, postgres_dsn, e.MessageReceived)
    (recorded, *_), _ = _gathered(story, postgres_dsn, e.MessageReceived)
    assert material.messages[question] is story.log.recent.content(question, recorded)
