"""A hand-over between colleagues: whoever gets a conversation has it unread until they have looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command
from nitka.events.conversation import AssignReason

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


def unread(story: Story) -> set[str]:
    return {row["agent_id"] for row in story.rows("SELECT agent_id FROM conversation.read_mark WHERE unread")}


def test_what_a_colleague_hands_over_is_unread_for_who_gets_it(story: Story) -> None:
    place = story.place(story.mail("1@x", "ann@x.example"))
    command.assign(story.log, story.request(place, agent="ewa"), c.Assign("ola"))
    assert story.row(place)["assignee"] == "ola"
    assert unread(story) == {"ola"}


@pytest.mark.parametrize(
    "wanted", [c.Assign("ola"), c.Assign(None), c.Assign("ewa", AssignReason.SERVE_NEXT)], ids=str
)
def test_what_one_takes_gives_back_or_is_served_is_not(story: Story, wanted: c.Assign) -> None:
    place = story.place(story.mail("1@x", "ann@x.example"))
    command.assign(story.log, story.request(place, agent="jo"), c.Assign("jo"))
    command.assign(story.log, story.request(place, 61, agent="ola"), wanted)
    assert unread(story) == set()


def test_what_its_assignee_has_already_is_handed_over_to_nobody(story: Story) -> None:
    place = story.place(story.mail("1@x", "ann@x.example"))
    command.assign(story.log, story.request(place, agent="ola"), c.Assign("ola"))
    command.assign(story.log, story.request(place, 61, agent="ewa"), c.Assign("ola"))
    assert unread(story) == set()
