"""One conversation becomes two: messages that do not belong to it get one of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from nitka.api import commands as api
from nitka.api.settings import SaveInbox
from nitka.conversation.api.system_lines import system_line
from nitka.conversation.domain import Refused, threading
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, joining, writing
from nitka.conversation.handlers.rebuild import rebuild
from nitka.conversation.store import mapping
from nitka.events import (
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
)
from nitka.events import conversation as public

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

JAN, EVE = (ContactPoint(kind=ContactKind.EMAIL, value=f"{name}@x.example") for name in ("jan", "eve"))


def test_what_a_message_missed_goes_where_the_message_goes(story: Story) -> None:
    first, stranger = story.mail("a@x", "ann@x.example"), story.mail("b@x", "bob@y.example", 5, answers="a@x")
    source = story.place(first)
    answer = story.request(source, 10)
    writing.reply(story.log, answer, api.Reply(command_id=uuid4(), text="Tomorrow.", to=(EVE,), cc=(JAN,)))
    for state, missed in ((DeliveryState.SENT, None), (DeliveryState.FAILED, JAN.value)):
        story.receipt(answer.command_id, state, missed)
    before = story.state(source)
    parting = story.request(source, 95)
    joining.split(story.log, parting, [stranger, answer.command_id])
    into = joining.split_id(parting)

    left, gone = story.state(source), story.state(into)
    assert (left.refused, left.deliveries, left.lost) == ({}, {}, frozenset())
    assert (gone.refused, gone.deliveries, gone.lost) == (before.refused, before.deliveries, before.lost)
    assert gone.lost == {answer.command_id}
    assert gone.owed_since == story.at(5), "a lost answer has answered nobody"
    assert gone.waiting_since is None, "once it arrives, it has"
    assert (gone.replied, gone.touched, gone.inbound > 0) == (True, True, True)
    writing.reply(story.log, story.request(into, 96), api.Reply(command_id=uuid4(), text="It left."))
    assert [p.first_response for p in story.published() if isinstance(p, public.AgentReplied)] == [True, False]


def test_a_stranger_in_a_thread_gets_a_conversation_of_their_own(story: Story) -> None:
    first = story.mail("a@x", "ann@x.example")
    stranger = story.mail("b@x", "bob@y.example", 5, answers="a@x")
    source = story.place(first)
    asked = story.request(source)
    joining.split(story.log, asked, [stranger])
    into = joining.split_id(asked)

    assert story.place(stranger) == into
    new, old = story.row(into), story.row(source)
    assert (new["status"], new["message_count"], new["preview"], new["subject"]) == (
        "open", 1, "This is b@x.", "About b@x",
    )  # fmt: skip
    assert new["waiting_since"] == story.at(5)
    assert (old["message_count"], old["preview"], old["waiting_since"]) == (1, "This is a@x.", story.noon)
    assert story.place(story.mail("c@y", "bob@y.example", 10, answers="b@x")) == into
    assert story.place(story.mail("d@x", "ann@x.example", 10, answers="a@x")) == source


def test_answers_to_what_was_split_off_carry_its_own_number_only(story: Story) -> None:
    source = story.place(story.mail("a@x", "ann@x.example"))
    number = story.state(source).number
    again = [story.mail(f"{n}@x", "ann@x.example", 5, answers="a@x", number=number) for n in "bc"]
    first = story.request(source)
    joining.split(story.log, first, again)
    second = story.request(joining.split_id(first))
    joining.split(story.log, second, [again[1]])
    for place, message in ((joining.split_id(first), "b@x"), (joining.split_id(second), "c@x")):
        assert story.row(place)["subject"] == f"About {message}"
        writing.reply(story.log, story.request(place), api.Reply(command_id=uuid4(), text="Yes."))
        assert story.sent()[-1].subject == f"Re: About {message} [#{story.state(place).number}]"
    (received,) = story.rows("SELECT subject FROM conversation.message WHERE id = %s", again[0])
    assert received["subject"] == f"About b@x [#{number}]", "what was received stays as it came"
    before = story.snapshot()
    rebuild(story.log)
    assert story.snapshot() == before


def test_a_split_is_told_as_one_and_a_merge_as_another(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    stranger = story.mail("b@x", "bob@y.example", 5, answers="a@x")
    parting = story.request(place)
    joining.split(story.log, parting, [stranger])
    into = joining.split_id(parting)
    assert told(story, into) == [("split_from", {"from": str(place)})]
    joining.merge(story.log, story.request(place, 70), into)
    assert told(story, into)[1:] == [("absorbed", {"absorbed": str(place)})]


def told(story: Story, conversation_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """The lines of a conversation's own history."""
    history = map(mapping.from_stored, story.log.select_notifications(start=1, limit=100))
    lines = (system_line(each, {}, {}, {}) for each in history if each.conversation_id == conversation_id)
    return [(line.type, line.data) for line in lines if line]


def test_what_is_split_off_stays_in_the_queue(story: Story) -> None:
    first, stranger = story.mail("a@x", "ann@x.example"), story.mail("b@x", "bob@y.example", 5, answers="a@x")
    source = story.place(first)
    command.carry_out(story.log, story.request(source), c.SetQueue("returns"))
    parting = story.request(source)
    joining.split(story.log, parting, [stranger])
    into = joining.split_id(parting)
    assert (story.row(into)["queue"], story.row(source)["queue"]) == ("returns", "returns")
    queued = [p for p in story.published() if isinstance(p, public.QueueChanged)]
    assert [(p.conversation_id, p.queue) for p in queued] == [(source, "returns"), (into, "returns")]


def test_what_is_split_off_of_no_queue_joins_the_one_of_its_inbox(story: Story) -> None:
    first, stranger = story.mail("a@x", "ann@x.example"), story.mail("b@x", "bob@y.example", 5, answers="a@x")
    inbox = SaveInbox(channel=Channel.EMAIL, name="Shop", queue="mail")
    with story.log.writing() as cursor:
        cursor.execute("UPDATE inbox_setting SET body = %s", (inbox.model_dump_json(),))
        cursor.execute("UPDATE settings_version SET version = version + 1")
    parting = story.request(story.place(first))
    joining.split(story.log, parting, [stranger])
    assert story.row(joining.split_id(parting))["queue"] == "mail"


@pytest.mark.usefixtures("inboxes")
def test_whom_we_wrote_to_first_still_takes_part_after_a_split(story: Story) -> None:
    begun = story.request(uuid4(), 0)
    body = {"command_id": uuid4(), "account": story.account, "to": [JAN], "subject": "Hello", "text": "Hello"}
    writing.start(story.log, begun, api.StartConversation.model_validate(body))
    (sent,) = story.sent()
    stranger = story.mail("b@y", "bob@y.example", 5, answers=sent.external_id)
    joining.split(story.log, story.request(begun.conversation_id), [stranger])
    number = story.row(begun.conversation_id)["number"]
    answered = story.mail("c@x", JAN.value, 70, number=number)
    assert story.place(answered) == begun.conversation_id
    assert story.place(story.mail("d@y", "bob@y.example", 75, number=number)) != begun.conversation_id


def test_a_stranger_who_answers_us_stays_where_they_were_split_off_to(story: Story) -> None:
    """Our answer left with the address of the thread that it was in then; the answer to it names both."""
    first, stranger = story.mail("a@x", "ann@x.example"), story.mail("b@x", "bob@y.example", 5, answers="a@x")
    source = story.place(first)
    told = story.request(source, 10)
    writing.reply(story.log, told, api.Reply(command_id=uuid4(), text="Who are you?"))
    (sent,) = story.sent()
    token = threading.token(story.key, source)
    assert sent.reply_token == token
    parting = story.request(source, 15)
    joining.split(story.log, parting, [stranger, told.command_id])
    into = joining.split_id(parting)

    answered = story.mail("c@y", "bob@y.example", 20, answers=sent.external_id, tokens=(token,))
    assert story.place(answered) == into
    from_ann = story.mail("d@x", "ann@x.example", 20, answers="a@x", tokens=(token,))
    assert story.place(from_ann) == source

    other = story.place(story.mail("e@x", "bob@y.example", 25))
    joining.merge(story.log, story.request(into, 30), other)
    again = story.mail("f@y", "bob@y.example", 35, answers="c@y", tokens=(token,))
    assert story.place(again) == other, "also after a merge"
    parting = story.request(other, 40)
    joining.split(story.log, parting, [again])
    last = story.mail("g@y", "bob@y.example", 45, answers="f@y", tokens=(token,))
    assert story.place(last) == joining.split_id(parting), "also after another split"
    joining.merge(story.log, story.request(source, 50), story.place(story.mail("h@x", "ann@x.example", 50)))
    by_token = story.mail("i@y", "bob@y.example", 55, answers="g@y", tokens=(token,))
    assert story.place(by_token) == joining.split_id(parting), "also after the first one was merged"


def test_a_split_again_is_the_same_split(story: Story) -> None:
    first = story.mail("a@x", "ann@x.example")
    stranger = story.mail("b@x", "bob@y.example", 5, answers="a@x")
    asked = story.request(story.place(first))
    joining.split(story.log, asked, [stranger])
    before = story.snapshot()
    joining.split(story.log, asked, [stranger])
    assert story.snapshot() == before


def test_not_all_messages_can_be_split_off(story: Story) -> None:
    first = story.mail("a@x", "ann@x.example")
    with pytest.raises(Refused) as refused:
        joining.split(story.log, story.request(story.place(first)), [first])
    assert refused.value.code == "nothing_left"
