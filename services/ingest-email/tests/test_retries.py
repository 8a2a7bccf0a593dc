"""Who is refused gets it later, or is told by name; whoever has a mail does not get it twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from nitka.events import DeliveryState
from nitka.events.topics import OUTBOUND_RECEIPTS
from nitka.ingest_email.settings import IngestEmailSettings

pytestmark = pytest.mark.stack

Run = Callable[[IngestEmailSettings], Any]


async def test_when_all_are_refused_each_is_told_and_a_new_attempt_may_go_to_one(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    sink.rcpt_replies = {
        "gone@customer.example": "550 5.1.1 user unknown",
        "full@customer.example": "552 5.2.2 mailbox full",
    }
    message = post.requested("gone@customer.example", "full@customer.example")
    async with run(settings):
        await post.ask(message)
        await post.finished(message.message_id)
        first = {r.recipient: r for r in await post.receipts()}
        assert {name: (r.state, r.hard) for name, r in first.items()} == {
            None: (DeliveryState.FAILED, False),
            "gone@customer.example": (DeliveryState.FAILED, True),
            "full@customer.example": (DeliveryState.FAILED, False),
        }
        sink.rcpt_replies = {}
        await post.ask(message.model_copy(update={"attempt": 2, "only": ("full@customer.example",)}))
        async with asyncio.timeout(20):
            while not sink.mails:
                await asyncio.sleep(0.05)
    ((_, recipients, content),) = sink.mails
    assert recipients == ["full@customer.example"]
    assert b"gone@customer.example" in content, "the header shows whom it was written to"


async def test_a_temporary_refusal_is_tried_again_and_not_for_ever(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    sink.data_replies = ["451 4.7.1 greylisted"]
    sink.rcpt_replies = {"busy@customer.example": "450 4.2.1 busy"}
    later, never = post.requested(), post.requested("busy@customer.example")
    async with run(settings):
        await post.ask(later)
        await post.finished(later.message_id)
        await post.ask(never)
        await post.finished(never.message_id)
    states = {r.message_id: (r.state, r.hard) for r in await post.receipts()}
    assert states == {
        later.message_id: (DeliveryState.SENT, False),
        never.message_id: (DeliveryState.FAILED, False),
    }
    assert len(sink.mails) == 1


async def test_who_is_refused_for_now_gets_it_later_and_the_others_once(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    sink.rcpt_once = {"busy@customer.example": ["450 4.2.1 greylisted"]}
    sink.rcpt_replies = {"gone@customer.example": "550 5.1.1 user unknown"}
    message = post.requested("ann@customer.example", "busy@customer.example", "gone@customer.example")
    async with run(settings):
        await post.ask(message)
        await post.finished(message.message_id)
    assert [recipients for _, recipients, _ in sink.mails] == [["ann@customer.example"], ["busy@customer.example"]]
    told = {(r.state, r.recipient) for r in await post.receipts()}
    assert told == {(DeliveryState.SENT, None), (DeliveryState.FAILED, "gone@customer.example")}


async def test_sending_again_to_all_takes_over_who_was_left(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    sink.rcpt_once = {"busy@customer.example": ["450 4.2.1 greylisted"]}
    message = post.requested("ann@customer.example", "busy@customer.example")
    async with run(settings.model_copy(update={"relay_backoff_seconds": 600})):
        await post.ask(message)
        async with asyncio.timeout(20):
            while not await post.receipts():
                await asyncio.sleep(0.05)
        await post.ask(message.model_copy(update={"attempt": 2}))
        await post.finished(message.message_id, message.message_id)
    everybody = ["ann@customer.example", "busy@customer.example"]
    assert [recipients for _, recipients, _ in sink.mails] == [everybody[:1], everybody]
    assert {(r.attempt, r.state) for r in await post.receipts()} == {
        (1, DeliveryState.SENT),
        (2, DeliveryState.SENT),
    }


async def test_who_is_refused_for_now_again_and_again_is_told_by_name(
    run: Run, settings: IngestEmailSettings, inbox: str, sink: Any, published: Any, post: Any
) -> None:
    sink.rcpt_replies = {"busy@customer.example": "450 4.2.1 greylisted"}
    message = post.requested("ann@customer.example", "busy@customer.example")
    async with run(settings):
        await post.ask(message)
        await post.finished(message.message_id)
    assert [recipients for _, recipients, _ in sink.mails] == [["ann@customer.example"]]
    events = await published(OUTBOUND_RECEIPTS, lambda p: p.account == inbox)
    told = {e.envelope.event_id: (e.payload.state, e.payload.recipient, e.payload.reason) for e in events}
    assert sorted(told.values(), key=str) == [
        (DeliveryState.FAILED, "busy@customer.example", "450 4.2.1 greylisted"),
        (DeliveryState.SENT, None, None),
    ]


@pytest.mark.parametrize("lost", [False, True])
async def test_an_attempt_for_one_of_several_tells_its_name(
    run: Run, settings: IngestEmailSettings, sink: Any, lost: bool, post: Any
) -> None:
    if lost:
        sink.drop_after_data = True
    else:
        sink.rcpt_replies = {"ben@customer.example": "550 5.1.1 user unknown"}
    message = post.requested(
        "ann@customer.example", "ben@customer.example", attempt=2, only=("ben@customer.example",)
    )
    async with run(settings):
        await post.ask(message)
        await post.finished(message.message_id)
    state = DeliveryState.UNCONFIRMED if lost else DeliveryState.FAILED
    told = [(r.state, r.recipient, r.hard) for r in await post.receipts()]
    assert told == [(state, None, not lost), (state, "ben@customer.example", not lost)]
