"""What customers are asked in a mail, and who hears of what they gave."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from services.conversation.tests.test_writing import answer

from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, joining, rating, writing
from nitka.conversation.handlers.command import Request
from nitka.events import Actor, ActorKind

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


def rate(story: Story, place: UUID, score: int, comment: str | None = None) -> None:
    """The customer rates the first closing."""
    agent = story.request(place, 90)
    customer = Actor(kind=ActorKind.CUSTOMER, id=str(story.row(place)["contact_id"]))
    request = Request(place, agent.command_id, customer, agent.now)
    rating.rate(story.log, request, score, 1, comment)


def unread(story: Story) -> set[tuple[str, UUID]]:
    rows = story.rows("SELECT agent_id, conversation_id FROM conversation.read_mark WHERE unread")
    return {(row["agent_id"], row["conversation_id"]) for row in rows}


def closed(story: Story) -> UUID:
    place = story.place(story.mail("a@x", "ann@x.example"))
    command.carry_out(story.log, story.request(place), c.Assign("ola"), c.Follow("jo"))
    writing.reply(story.log, story.request(place), answer(then="close"))
    return place


@pytest.mark.parametrize("score", [1, 2, 3, 5])
def test_a_bad_rating_is_unread_for_the_assignee_and_the_followers(story: Story, score: int) -> None:
    place = closed(story)
    rate(story, place, score, "I waited for two weeks.")
    assert unread(story) == ({("ola", place), ("jo", place)} if score <= 2 else set())
    assert story.row(place)["status"] == "closed"


def test_a_bad_rating_of_what_was_merged_is_told_where_that_goes_on(story: Story) -> None:
    place = closed(story)
    into = story.place(story.mail("b@x", "ann@x.example", 70))
    command.carry_out(story.log, story.request(into, 71), c.Assign("ewa"))
    joining.merge(story.log, story.request(place, 72), into)
    rate(story, place, 1)
    assert unread(story) == {("ewa", into), ("jo", into)}


def test_undoing_a_reopening_asks_nobody_again(story: Story) -> None:
    place = closed(story)
    command.carry_out(story.log, story.request(place, 61), c.Reopen())
    rating.close(story.log, story.request(place, 62), undo=True)
    assert story.row(place)["status"] == "closed"
    assert rating.ask_due(story.log, story.at(99), 10) == 0
    rate(story, place, 4)
    assert story.row(place)["rating"] == 4, "the question that was asked is answered"


MARK = re.compile(r'<a href="([^"]+)\?score=(\d)"')


def test_a_formatted_mail_asks_with_a_mark_for_each_score(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer(html="<p>On its way.</p>", then="close"))
    (sent,) = story.sent()
    assert sent.rating is not None and sent.html is not None
    assert MARK.findall(sent.html) == [(sent.rating.link, str(score)) for score in range(1, 6)]
    assert sent.html.startswith("<p>On its way.</p>") and sent.rating.question in sent.html
    words = re.sub("<[^>]*>", "", sent.html)
    assert "http" not in words, "nobody reads an address"
    assert f"{sent.rating.question} {sent.rating.link}" in sent.text


def test_the_question_alone_has_marks_and_a_plain_answer_stays_plain(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer(then="close"))
    assert story.sent()[0].html is None
    command.carry_out(story.log, story.request(place, 62), c.Reopen())
    rating.close(story.log, story.request(place, 63))
    rating.ask_due(story.log, story.at(63) + timedelta(seconds=30), 10)
    asked = story.sent()[-1]
    assert asked.automatic and asked.html is not None
    assert len(MARK.findall(asked.html)) == 5
