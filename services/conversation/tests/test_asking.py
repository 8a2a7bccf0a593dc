"""Asking customers how it was: whom, when, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from services.conversation.tests.test_writing import JAN, answer

from nitka.api import commands as api
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, rating, writing
from nitka.events import (
    Automatic,
)

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


def test_after_a_plain_closing_the_customer_is_asked_once_in_a_mail_of_its_own(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    rating.close(story.log, story.request(place, 61))
    assert len(story.sent()) == 1, "a stray key can be undone"
    assert rating.ask_due(story.log, story.at(61) + timedelta(seconds=29), 10) == 0
    assert rating.ask_due(story.log, story.at(61) + timedelta(seconds=30), 10) == 1
    assert rating.ask_due(story.log, story.at(99), 10) == 0
    asked = story.sent()[-1]
    assert asked.automatic
    assert asked.rating is not None
    assert asked.rating.link is not None
    assert asked.rating.link in asked.text
    assert story.row(place)["preview"] == "On its way."
    command.carry_out(story.log, story.request(place, 62), c.Reopen())
    writing.reply(story.log, story.request(place, 63), answer(then="close"))
    assert len(story.sent()) == 3


def test_a_closing_that_is_undone_asks_nobody(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    rating.close(story.log, story.request(place, 61))
    command.carry_out(story.log, story.request(place, 61), c.Reopen())
    rating.ask_due(story.log, story.at(62), 10)
    assert len(story.sent()) == 1
    # Closed again: the new closing is asked about, at its own time.
    rating.close(story.log, story.request(place, 70))
    rating.ask_due(story.log, story.at(71), 10)
    assert [m.automatic for m in story.sent()] == [False, True]


def test_a_closing_is_not_asked_about_in_place_of_another(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    rating.close(story.log, story.request(place, 61))
    command.carry_out(story.log, story.request(place, 61), c.Reopen())
    writing.reply(story.log, story.request(place, 61), answer(then="close"))
    rating.ask_due(story.log, story.at(62), 10)
    assert [m.rating is not None for m in story.sent()] == [False, True]


@pytest.mark.usefixtures("inboxes")
def test_nobody_is_asked_who_never_wrote(story: Story) -> None:
    begun = story.request(uuid4())
    body = api.StartConversation(
        command_id=uuid4(),
        account=story.account,
        to=(JAN,),
        subject="Order",
        text="Ready.",
        hold_seconds=5,
        then="close",
    )
    writing.start(story.log, begun, body)
    writing.release_due(story.log, story.at(61), 10)
    (sent,) = story.sent()
    assert (sent.rating, story.row(begun.conversation_id)["status"]) == (None, "closed")
    # That they are out of office says nothing about us.
    story.mail("b@x", JAN.value, 62, answers=sent.external_id, automatic=Automatic.AUTO_REPLY)
    command.carry_out(story.log, story.request(begun.conversation_id, 63), c.Reopen())
    rating.close(story.log, story.request(begun.conversation_id, 64))
    rating.ask_due(story.log, story.at(65), 10)
    assert len(story.sent()) == 1


def test_nobody_is_asked_where_nobody_answered(story: Story) -> None:
    place = story.place(story.mail("a@x", "spam@x.example"))
    rating.close(story.log, story.request(place))
    rating.ask_due(story.log, story.at(99), 10)
    assert story.sent() == []
