"""What becomes of answers: who did not get them, who is told, and to whom they go again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from services.conversation.tests.test_writing import JAN, WAREHOUSE, answer

from nitka.conversation.domain import Refused
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, rating, writing
from nitka.events import (
    Bounce,
    DeliveryState,
)
from nitka.events import conversation as public

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


def test_one_recipient_who_did_not_get_it_is_told_and_asked_again_alone(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, answer(cc=[JAN.model_dump()], to=[WAREHOUSE.model_dump()]))
    story.receipt(asked.command_id, DeliveryState.FAILED, JAN.value)
    story.receipt(asked.command_id, DeliveryState.SENT)
    (message,) = story.rows("SELECT delivery FROM conversation.message WHERE kind = 'outbound'")
    assert message["delivery"] == "sent"

    command.retry_delivery(story.log, story.request(place, 95), asked.command_id)
    assert [m.only for m in story.sent()] == [(), (JAN.value,)]
    with pytest.raises(Refused) as refused:
        command.retry_delivery(story.log, story.request(place, 96), asked.command_id)
    assert refused.value.code == "not_failed"

    story.receipt(asked.command_id, DeliveryState.FAILED, attempt=2)
    (message,) = story.rows("SELECT delivery FROM conversation.message WHERE kind = 'outbound'")
    assert message["delivery"] == "sent", "the other has it"
    last = [p for p in story.published() if isinstance(p, public.DeliveryChanged)][-1]
    assert (last.state, last.recipient) == (DeliveryState.FAILED, JAN)
    command.retry_delivery(story.log, story.request(place, 97), asked.command_id)
    assert [m.only for m in story.sent()] == [(), (JAN.value,), (JAN.value,)]


def test_a_reason_that_is_told_of_one_counts_more_than_the_one_of_all(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    to = [JAN.model_dump(), WAREHOUSE.model_dump(), {"kind": "email", "value": "ok@x.example"}]
    writing.reply(story.log, asked, answer(to=to))
    story.receipt(asked.command_id, DeliveryState.SENT)
    for one in (JAN, WAREHOUSE):
        story.receipt(asked.command_id, DeliveryState.FAILED, one.value, reason="450 later")
    command.retry_delivery(story.log, story.request(place, 95), asked.command_id)
    story.receipt(asked.command_id, DeliveryState.FAILED, attempt=2, reason="550 No")
    story.receipt(asked.command_id, DeliveryState.FAILED, JAN.value, attempt=2, reason="552 mailbox full")
    changes = [p for p in story.published() if isinstance(p, public.DeliveryChanged) and p.recipient]
    assert {(p.recipient.value, p.reason) for p in changes[:2] if p.recipient} == {
        (JAN.value, "450 later"), (WAREHOUSE.value, "450 later"),
    }  # fmt: skip
    assert {(p.recipient.value, p.reason) for p in changes[2:] if p.recipient} == {
        (JAN.value, "552 mailbox full"), (WAREHOUSE.value, "550 No"),
    }  # fmt: skip


LOST = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNCONFIRMED)


@pytest.mark.parametrize("state", LOST)
def test_an_answer_that_does_not_get_through_brings_the_conversation_back(
    story: Story, state: DeliveryState
) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, answer(then="close"))
    if state is not DeliveryState.UNCONFIRMED:  # which says nothing new once it is sent
        story.receipt(asked.command_id, DeliveryState.SENT)
    assert story.row(place)["status"] == "closed"
    seen = story.row(place)["version"]
    story.receipt(asked.command_id, state)
    row = story.row(place)
    assert (row["status"], row["waiting_since"], row["inbound"] > seen) == ("open", story.at(90), True)
    lost = [p for p in story.published() if isinstance(p, public.DeliveryChanged)][-1]
    assert (lost.state, lost.agent_id) == (state, "ola")
    story.receipt(asked.command_id, state)
    reopened = [p for p in story.published() if isinstance(p, public.Reopened)]
    assert [(p.previous.value, p.reason) for p in reopened] == [("closed", public.ReopenReason.DELIVERY_FAILED)]


def test_a_bounce_of_one_of_several_brings_a_snoozed_conversation_back(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    to = [JAN.model_dump(), WAREHOUSE.model_dump()]
    writing.reply(story.log, asked, answer(to=to, then="snooze", snooze_until=story.at(600)))
    (sent,) = story.sent()
    bounced = Bounce(recipient=JAN.value, hard=True, original_message_id=sent.external_id)
    story.mail("mailer-daemon@x", "mailer-daemon@x.example", 61, answers="a@x", bounces=(bounced,))
    assert (story.row(place)["status"], story.row(place)["snoozed_until"]) == ("open", None)


def test_a_question_for_a_rating_that_bounces_is_no_news(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    rating.close(story.log, story.request(place, 61))
    rating.ask_due(story.log, story.at(62), 10)
    before = story.row(place)
    story.receipt(story.sent()[-1].message_id, DeliveryState.BOUNCED)
    after = story.row(place)
    assert (after["status"], after["inbound"]) == ("closed", before["inbound"])


def test_what_does_not_get_through_stays_archived_but_is_news_where_it_is_open(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    first, second = story.request(place), story.request(place)
    writing.reply(story.log, first, answer())
    writing.reply(story.log, second, answer())
    story.receipt(first.command_id, DeliveryState.FAILED)
    row = story.row(place)
    assert (row["status"], row["waiting_since"], row["inbound"]) == ("open", story.at(90), row["version"])
    command.carry_out(story.log, story.request(place, 91), c.Archive())
    story.receipt(second.command_id, DeliveryState.FAILED)
    assert story.row(place)["status"] == "archived"


@pytest.mark.parametrize("state", LOST)
def test_a_conversation_says_that_its_answer_was_lost_until_it_arrives_or_somebody_sees_to_it(
    story: Story, state: DeliveryState
) -> None:
    def lost(place: UUID) -> bool:
        return bool(story.row(place)["undelivered"])

    for n, way in enumerate(("sent again", "answered anew", "closed", "archived")):
        place = story.place(story.mail(f"{n}@x", f"ann{n}@x.example"))
        asked = story.request(place)
        writing.reply(story.log, asked, answer())
        assert not lost(place)
        story.receipt(asked.command_id, state)
        assert lost(place)
        match way:
            case "sent again":
                command.retry_delivery(story.log, story.request(place, 95), asked.command_id)
                assert lost(place), "nobody knows yet"
                assert story.row(place)["waiting_since"] == story.at(90)
                story.receipt(asked.command_id, DeliveryState.SENT, attempt=2)
                settled = [p for p in story.published() if isinstance(p, public.DeliveryChanged) and p.settled]
                assert [p.conversation_id for p in settled] == [place]
            case "answered anew":
                writing.reply(story.log, story.request(place, 95), answer())
            case "closed":
                rating.close(story.log, story.request(place, 95))
            case "archived":
                command.carry_out(story.log, story.request(place, 95), c.Archive())
        assert not lost(place), way
        assert story.row(place)["waiting_since"] is None, way


def test_an_answer_that_one_of_several_did_not_get_is_lost_until_they_have_it(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, answer(to=[JAN.model_dump(), WAREHOUSE.model_dump()]))
    story.receipt(asked.command_id, DeliveryState.FAILED, JAN.value)
    story.receipt(asked.command_id, DeliveryState.SENT)
    assert story.row(place)["undelivered"], "the other one has it"
    command.retry_delivery(story.log, story.request(place, 95), asked.command_id)
    story.receipt(asked.command_id, DeliveryState.FAILED, attempt=2)
    assert story.row(place)["undelivered"]
    command.retry_delivery(story.log, story.request(place, 96), asked.command_id)
    story.receipt(asked.command_id, DeliveryState.SENT, attempt=3)
    assert not story.row(place)["undelivered"]


def test_a_bounce_may_name_several_recipients(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    to = [JAN.model_dump(), WAREHOUSE.model_dump(), {"kind": "email", "value": "ok@x.example"}]
    writing.reply(story.log, asked, answer(to=to))
    (sent,) = story.sent()
    bounces = tuple(
        Bounce(recipient=r, hard=True, original_message_id=sent.external_id) for r in (JAN.value, WAREHOUSE.value)
    )
    story.mail("mailer-daemon@x", "mailer-daemon@x.example", 61, bounces=bounces)
    failed = [p.recipient for p in story.published() if isinstance(p, public.DeliveryChanged)]
    assert [r.value for r in failed if r] == [JAN.value, WAREHOUSE.value]
    (message,) = story.rows("SELECT delivery FROM conversation.message WHERE kind = 'outbound'")
    assert message["delivery"] == "queued"


def test_a_report_of_a_failure_reads_its_message_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, answer())
    read: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(self: psycopg.Cursor[object], query: str | bytes, *more: object, **how: object) -> object:
        if " FROM message WHERE id = %s" in str(query):
            read.append(str(query))
        return execute(self, query, *more, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    story.receipt(asked.command_id, DeliveryState.FAILED, left_from=place)
    monkeypatch.undo()
    assert len(read) == 1
    assert story.state(place).deliveries[asked.command_id] == (DeliveryState.FAILED, 1)
