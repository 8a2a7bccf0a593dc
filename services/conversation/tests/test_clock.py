"""What is due by the clock happens, once; where nothing is due, nobody waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from services.conversation.tests.test_writing import answer

from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, rating, writing
from nitka.conversation.handlers.background import do_what_is_due
from nitka.conversation.handlers.rebuild import rebuild
from nitka.events import conversation as public
from nitka.events.conversation import ReopenReason

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


def test_the_clock_stays_out_of_the_way_of_writers_while_nothing_is_due(story: Story) -> None:
    held, asked, snoozed = (story.place(story.mail(f"{n}@x", "ann@x.example")) for n in "abc")
    writing.reply(story.log, story.request(asked, 59), answer())
    writing.reply(story.log, story.request(held), answer(hold_seconds=60))
    rating.close(story.log, story.request(asked, 60))
    command.carry_out(story.log, story.request(snoozed), c.Snooze(story.at(62)))
    with story.log.writing():
        assert do_what_is_due(story.log, story.at(60)) == 0

    told = len(story.published())
    assert do_what_is_due(story.log, story.at(62)) == 1
    with story.log.writing():
        assert do_what_is_due(story.log, story.at(62) + timedelta(days=1)) == 0
    kinds = {public.AgentReplied, public.RatingRequested, public.Reopened}
    done = [type(p) for p in story.published()[told:] if type(p) in kinds]
    assert len(done) == len(kinds)
    assert set(done) == kinds


@pytest.mark.parametrize(("assignee", "told"), [("jo", "jo"), (None, "ola")])
def test_who_has_what_wakes_or_put_it_aside_is_told_and_has_it_unread(
    story: Story, assignee: str | None, told: str
) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    if assignee:
        command.carry_out(story.log, story.request(place), c.Assign(assignee))
    command.carry_out(story.log, story.request(place), c.Snooze(story.at(62)))
    do_what_is_due(story.log, story.at(62))
    (woken,) = [p for p in story.published() if isinstance(p, public.Reopened)]
    assert (woken.woken_for, woken.reason) == (told, ReopenReason.SNOOZE_ENDED)
    marks = story.rows("SELECT agent_id FROM conversation.read_mark WHERE conversation_id = %s AND unread", place)
    assert [mark["agent_id"] for mark in marks] == [told]
    before = story.snapshot()
    rebuild(story.log)
    assert story.snapshot() == before


def test_what_wakes_by_hand_is_news_for_nobody(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    command.carry_out(story.log, story.request(place), c.Snooze(story.at(62)))
    command.carry_out(story.log, story.request(place, 61, "jo"), c.Reopen())
    (woken,) = [p for p in story.published() if isinstance(p, public.Reopened)]
    assert woken.woken_for is None
    assert story.state(place).snoozed_by is None
    assert story.rows("SELECT FROM conversation.read_mark WHERE unread") == []
