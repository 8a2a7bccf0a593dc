"""What breaks on the way loses no mail and no outcome, and sends nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from nitka.events import DeliveryState, MessageReceipt
from nitka.ingest_email.settings import IngestEmailSettings
from nitka.ingest_email.store import Attempts, Task
from nitka.runtime.tokens import Caller, Role, issue

pytestmark = pytest.mark.stack

Run = Callable[[IngestEmailSettings], Any]


async def test_a_connection_lost_after_the_mail_is_unconfirmed_and_a_new_attempt_is_the_agents(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    message = post.requested()
    sink.drop_after_data = True
    async with run(settings):
        await post.ask(message, again=2)
        await post.finished(message.message_id)
        sink.drop_after_data = False
        assert len(sink.mails) == 1
        again = message.model_copy(update={"attempt": 2})
        await post.ask(again)
        deadline = asyncio.get_running_loop().time() + 20
        while len(sink.mails) < 2:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        found: list[MessageReceipt] = []
        while len(found) < 2:
            found = await post.receipts()
    assert [(r.attempt, r.state) for r in found] == [(1, DeliveryState.UNCONFIRMED), (2, DeliveryState.SENT)]


async def test_what_a_crash_left_half_sent_is_never_sent_again(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    message = post.requested()
    await post.half_sent(message, settings.instance)
    async with run(settings):
        await post.ask(message, last := post.after(message))
        await post.finished(message.message_id, last.message_id)
    states = {r.message_id: r.state for r in await post.receipts()}
    assert states == {message.message_id: DeliveryState.UNCONFIRMED, last.message_id: DeliveryState.SENT}
    assert [recipients for _, recipients, _ in sink.mails] == [["last@customer.example"]]


async def test_a_hiccup_of_the_database_loses_neither_the_outcome_nor_the_mail(
    run: Run, settings: IngestEmailSettings, sink: Any, monkeypatch: pytest.MonkeyPatch, post: Any
) -> None:
    broken = {"finish", "postpone"}

    def breaks_once(name: str) -> Any:
        whole = getattr(Attempts, name)

        async def write(*given: Any, **named: Any) -> Any:
            if name in broken:
                broken.remove(name)
                raise psycopg.OperationalError("the server closed the connection")
            return await whole(*given, **named)

        return write

    for name in tuple(broken):
        monkeypatch.setattr(Attempts, name, breaks_once(name))
    sink.data_replies = ["451 4.7.1 greylisted"]
    message = post.requested()
    async with run(settings):
        await post.ask(message)
        await post.finished(message.message_id)
    assert not broken, "both were tried"
    assert len(sink.mails) == 1
    assert [r.state for r in await post.receipts()] == [DeliveryState.SENT]


async def test_what_was_claimed_on_a_connection_that_broke_is_told_without_a_restart(
    run: Run, settings: IngestEmailSettings, monkeypatch: pytest.MonkeyPatch, post: Any
) -> None:
    whole, claimed = Attempts.claim, asyncio.Event()

    async def claim(attempts: Attempts, limit: int) -> list[Task]:
        tasks = await whole(attempts, limit)
        if tasks and not claimed.is_set():
            claimed.set()
            raise psycopg.OperationalError("the server closed the connection")
        return tasks

    monkeypatch.setattr(Attempts, "claim", claim)
    message = post.requested()
    async with run(settings):
        await post.ask(message)
        await post.finished(message.message_id)
    assert [r.state for r in await post.receipts()] == [DeliveryState.UNCONFIRMED]


async def test_what_another_copy_left_half_sent_is_told_when_its_time_is_over(
    run: Run, settings: IngestEmailSettings, sink: Any, post: Any
) -> None:
    ended, running = post.requested(), post.requested()
    for message, seconds in ((ended, -1), (running, 600)):
        await post.half_sent(message, "another copy", lease=seconds)
    async with run(settings):
        await post.finished(ended.message_id)
    (receipt,) = await post.receipts()
    assert (receipt.message_id, receipt.state) == (ended.message_id, DeliveryState.UNCONFIRMED)
    assert sink.mails == []


async def test_a_relay_that_is_away_is_waited_for(
    run: Run, settings: IngestEmailSettings, relay: Callable[..., Any], until: Any, post: Any
) -> None:
    message = post.requested()
    token = issue(settings.secret, Caller(id="s", role=Role.SERVICE))
    async with run(settings.model_copy(update={"relay_tries": 1})) as service:

        async def tried() -> bool:
            answer = await service.http.get("/accounts", headers={"authorization": f"Bearer {token}"})
            return bool(answer.json()["relay"]["failures"] >= 2)

        await post.ask(message)
        await until(tried)
        async with relay(settings.relay_port) as sink:
            sink.rcpt_once = {"ann@customer.example": ["421 4.3.2 going down"]}
            await post.finished(message.message_id)
    assert [r.state for r in await post.receipts()] == [DeliveryState.SENT]
    assert len(sink.mails) == 1


async def test_a_relay_that_is_away_is_not_waited_for_for_ever(
    run: Run, settings: IngestEmailSettings, post: Any
) -> None:
    message = post.requested()
    await post.half_sent(message, settings.instance)
    async with await psycopg.AsyncConnection.connect(settings.postgres) as connection:
        await connection.execute(
            """
            UPDATE ingest_email.attempt SET state = 'waiting', queued_at = now() - interval '3 days'
            WHERE message_id = %s
            """,
            (message.message_id,),
        )
    async with run(settings):
        await post.finished(message.message_id)
    (receipt,) = await post.receipts()
    assert receipt.state == DeliveryState.FAILED
    assert receipt.reason is not None
    assert receipt.reason.startswith("The mail relay does not answer")


async def test_an_address_that_the_relay_cannot_take_is_no_trouble_of_the_relay(
    run: Run, settings: IngestEmailSettings, relay: Callable[..., Any], post: Any
) -> None:
    message = post.requested("józef@customer.example")
    async with run(settings), relay(settings.relay_port, smtputf8=False):
        await post.ask(message)
        await post.finished(message.message_id)
    (receipt,) = await post.receipts()
    assert (receipt.state, receipt.hard) == (DeliveryState.FAILED, False)
    assert receipt.reason == "553 The mail relay takes no addresses outside ASCII."
