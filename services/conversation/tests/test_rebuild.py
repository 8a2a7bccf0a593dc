"""The list made anew from the log is the list as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from pydantic import ValidationError

from nitka.api import commands as api
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, joining, writing
from nitka.conversation.handlers.rebuild import rebuild
from nitka.events import (
    ContactKind,
    ContactPoint,
)
from nitka.events.conversation import Priority

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

JAN = ContactPoint(kind=ContactKind.EMAIL, value="jan@x.example")


def test_the_rebuilt_list_is_the_list_as_it_was(story: Story) -> None:
    """After everything that can happen to a row."""
    first, second = story.mail("a@x", "ann@x.example"), story.mail("b@x", "bob@x.example", 5)
    third = story.mail("c@x", "eve@x.example", 7, answers="b@x")
    one, two = story.place(first), story.place(second)
    writing.reply(story.log, story.request(one, 8), api.Reply(command_id=uuid4(), text="Hello", then="close"))
    writing.reply(story.log, story.request(two, 9), api.Reply(command_id=uuid4(), text="Later", hold_seconds=5))
    writing.release_due(story.log, story.at(10), 10)
    writing.forward(
        story.log,
        story.request(two, 11),
        api.Forward(
            command_id=uuid4(),
            message_id=second,
            to=(ContactPoint(kind=ContactKind.EMAIL, value="w@x.example"),),
            text="See below",
        ),
    )
    parting = story.request(two)
    joining.split(story.log, parting, [third])
    story.mail("d@x", "ann@x.example", 3, answers="a@x")  # out of order
    command.carry_out(story.log, story.request(one, 59), c.SetPriority(Priority.HIGH), c.Assign("jo"))
    command.add_participant(story.log, story.request(one, 59), JAN)
    joining.merge(story.log, story.request(one), two)
    writing.reply(story.log, story.request(two, 70), api.Reply(command_id=uuid4(), text="Bye", hold_seconds=60))
    live = story.snapshot()
    assert rebuild(story.log) == len(live) == 3
    assert story.snapshot() == live

    facts = "status subject preview message_count waiting_since send_at assignee merged_into".split()
    assert [[story.row(found)[fact] for fact in facts] for found in (one, two, joining.split_id(parting))] == [
        ["archived", "About a@x", "Hello", 3, None, None, "jo", two],
        ["open", "About b@x", "Later", 6, story.at(3), story.at(71), "jo", None],
        ["open", "About c@x", "This is c@x.", 1, None, None, None, None],
    ]
    state = story.state(two)
    assert (state.priority, len(state.participants), state.replied) == (Priority.HIGH, 1, True)
    assert len(state.messages) == 6
    assert len(state.deliveries) == 3


def test_a_state_of_another_version_is_refused_until_it_is_rebuilt(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    before = story.snapshot()
    with story.log.writing() as cursor:
        cursor.execute(
            "UPDATE conversation SET snapshot = "
            "convert_to((convert_from(snapshot, 'UTF8')::jsonb || '{\"later\": 1}')::text, 'UTF8')"
        )
    with pytest.raises(ValidationError):
        command.carry_out(story.log, story.request(place), c.AddLabel("returns"))
    assert rebuild(story.log) == 1
    assert story.snapshot() == before
    command.carry_out(story.log, story.request(place), c.AddLabel("returns"))
