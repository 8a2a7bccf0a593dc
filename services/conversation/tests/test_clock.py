"""What is due by the clock happens, once; where nothing is due, nobody waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from services.conversation.tests.test_writing import answer

from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, rating, writing
from nitka.conversation.handlers.background import do_what_is_due
from nitka.events import conversation as public

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
