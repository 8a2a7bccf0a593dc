"""A third party (a carrier, a supplier) to whom a mail was passed on: what they write is no customer's, and what
is written to them answers no customer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from nitka.api import commands as api
from nitka.conversation.handlers import writing
from nitka.conversation.handlers.rebuild import rebuild
from nitka.events import ContactKind, ContactPoint
from nitka.events.conversation import AgentReplied

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

IDA, TOM, EVE = (
    ContactPoint(kind=ContactKind.EMAIL, value=value)
    for value in ("ida@x.example", "tom@parcel.example", "eve@x.example")
)


@pytest.fixture
def place(story: Story) -> UUID:
    """Ida waits since noon; her mail was passed on to Tom, who has answered at five past."""
    question = story.mail("ida@1", IDA.value)
    place = story.place(question)
    passed_on = api.Forward(command_id=uuid4(), message_id=question, to=(TOM,), text="Where is it?")
    writing.forward(story.log, story.request(place, 1), passed_on)
    story.mail("tom@1", TOM.value, 5, answers="ida@1")
    return place


def write(story: Story, place: UUID, at: int, *to: ContactPoint, hold: int = 0) -> UUID:
    request = story.request(place, at)
    writing.reply(story.log, request, api.Reply(command_id=uuid4(), text="Thank you.", to=to, hold_seconds=hold))
    return request.command_id


def firsts(story: Story) -> list[bool]:
    return [p.first_response for p in story.published() if isinstance(p, AgentReplied)]


def test_an_answer_goes_to_the_customer_and_quotes_nothing_of_a_third_party(story: Story, place: UUID) -> None:
    write(story, place, 6)
    *_, mail = story.sent()
    assert [p.key for p in mail.to] == [IDA.key]
    assert mail.in_reply_to == "ida@1"
    assert "This is ida@1." in mail.text and "tom@1" not in mail.text
    assert story.row(place)["waiting_since"] is None


@pytest.mark.parametrize("hold", [0, 10])
def test_an_answer_to_a_third_party_leaves_the_customer_waiting(story: Story, place: UUID, hold: int) -> None:
    message_id = write(story, place, 6, TOM, hold=hold)
    if hold:
        writing.send_now(story.log, story.request(place, 6), message_id)
    *_, mail = story.sent()
    assert mail.in_reply_to == "tom@1"
    assert "This is tom@1." in mail.text and "ida@1" not in mail.text
    assert story.row(place)["waiting_since"] == story.noon
    write(story, place, 7)
    assert story.row(place)["waiting_since"] is None
    assert firsts(story) == [False, True], "the customer's first answer is the second"
    live = story.snapshot()
    assert rebuild(story.log) == len(live)
    assert story.snapshot() == live


def test_a_third_party_who_waits_alone_waits_no_longer_when_answered(story: Story, place: UUID) -> None:
    write(story, place, 6)
    story.mail("tom@2", TOM.value, 8, answers="ida@1")
    assert story.row(place)["waiting_since"] == story.at(8)
    write(story, place, 9, TOM)
    assert story.row(place)["waiting_since"] is None


def test_who_wrote_before_a_mail_was_passed_on_to_them_is_of_the_customers_side(story: Story) -> None:
    question = story.mail("ida@1", IDA.value)
    place = story.place(question)
    story.mail("eve@1", EVE.value, 1, answers="ida@1")
    passed_on = api.Forward(command_id=uuid4(), message_id=question, to=(EVE,), text="For you both")
    writing.forward(story.log, story.request(place, 2), passed_on)
    story.mail("eve@2", EVE.value, 3, answers="ida@1")
    write(story, place, 4)
    assert [p.key for p in story.sent()[-1].to] == [EVE.key]
    assert story.row(place)["waiting_since"] is None
