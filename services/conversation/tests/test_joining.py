"""Two conversations become one by hand, one becomes two, and nothing gets lost on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from nitka.api import conversations as api
from nitka.conversation.domain import Refused, threading
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, joining, rating, receive, writing
from nitka.conversation.handlers.background import link_customers
from nitka.conversation.handlers.rebuild import rebuild
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Channel,
    ContactKind,
    ContactPoint,
    CustomerErased,
    RatingReceived,
    ThreadRefs,
    envelope,
)
from nitka.events import conversation as public

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


def test_a_merged_conversation_goes_on_in_the_other_one(story: Story) -> None:
    first, second = story.mail("a@x", "ann@x.example"), story.mail("b@x", "ann@private.example", 5)
    target, source = story.place(first), story.place(second)
    command.carry_out(story.log, story.request(source), c.AddLabel("returns"), c.Follow("jo"))
    writing.reply(story.log, story.request(source, 10), api.Reply(command_id=uuid4(), text="On its way."))
    story.mail("c@x", "ann@private.example", 15, answers="b@x")
    joining.merge(story.log, story.request(source), target)

    merged = story.row(target)
    assert (merged["message_count"], merged["labels"], merged["followers"]) == (4, ["returns"], ["jo"])
    assert (merged["preview"], merged["subject"]) == ("This is c@x.", "About a@x")
    assert merged["waiting_since"] == story.noon
    assert story.row(source)["merged_into"] == target
    assert story.place(story.mail("d@x", "ann@private.example", 20, answers="c@x")) == target
    by_token = story.mail("e@x", "ann@private.example", 25, tokens=[threading.token(story.key, source)])
    assert story.place(by_token) == target


def test_what_is_merged_into_a_closed_conversation_reopens_it_when_somebody_waits(story: Story) -> None:
    target, source = (
        story.place(story.mail("a@x", "ann@x.example")),
        story.place(story.mail("b@x", "ann@x.example", 5)),
    )
    command.carry_out(story.log, story.request(target), c.Close())
    joining.merge(story.log, story.request(source), target)
    assert (story.row(target)["status"], story.row(target)["waiting_since"]) == ("open", story.at(5))


@pytest.mark.parametrize("by", ["link", "button"])
def test_a_rating_of_what_was_merged_counts_once_and_shows_where_it_goes_on(story: Story, by: str) -> None:
    target, source = (
        story.place(story.mail("a@x", "ann@x.example")),
        story.place(story.mail("b@x", "ann@x.example", 5)),
    )
    for closed in (target, source):
        writing.reply(story.log, story.request(closed), api.Reply(command_id=uuid4(), text="Done.", then="close"))
    rate(story, target, 1, 5, by)  # the target's first closing is rated; the source's is another one
    joining.merge(story.log, story.request(source, 70), target)
    rate(story, source, 1, 2, by)
    rate(story, source, 1, 3, by)

    assert story.row(target)["rating"] == 2
    given = [p for p in story.published() if isinstance(p, public.Rated)]
    assert [(p.conversation_id, p.score, p.agent_id, p.comment) for p in given] == [
        (target, 5, "ola", "Words"), (source, 2, "ola", "Words"),
    ]  # fmt: skip
    shown = [p for p in story.published() if isinstance(p, public.RatingAbsorbed)]
    assert [(p.conversation_id, p.absorbed, p.score) for p in shown] == [(target, source, 2)]
    before = story.snapshot()
    rebuild(story.log)
    assert story.snapshot() == before


def rate(story: Story, conversation_id: UUID, closing: int, score: int, by: str) -> None:
    """The customer clicks the link of a mail, or chooses a button of a chat."""
    if by == "link":
        customer = replace(story.request(conversation_id, 80), actor=Actor(kind=ActorKind.CUSTOMER, id="ann"))
        with suppress(Refused):
            rating.rate(story.log, customer, score, closing, "Words")
        return
    given = RatingReceived(
        channel=Channel.WHATSAPP,
        account=story.account,
        external_id=str(uuid4()),
        thread=ThreadRefs(external_thread="ann"),
        sender=ContactPoint(kind=ContactKind.EMAIL, value="ann@x.example"),
        token=threading.rating_token(story.key, conversation_id, closing),
        score=score,
        comment="Words",
    )
    when = story.at(80)
    wrapped = envelope(given, event_id=uuid4(), actor=SYSTEM, occurred_at=when, recorded_at=when)
    receive.receive(story.log, story.key, [(wrapped, given)])


@pytest.mark.parametrize("wrong", ["itself", "unknown", "held"])
def test_what_cannot_be_merged_says_why_and_changes_nothing(story: Story, wrong: str) -> None:
    target, source = (
        story.place(story.mail("a@x", "ann@x.example")),
        story.place(story.mail("b@x", "bob@x.example")),
    )
    into = {"itself": source, "unknown": uuid4(), "held": target}[wrong]
    if wrong == "held":
        writing.reply(
            story.log, story.request(source), api.Reply(command_id=uuid4(), text="Hello", hold_seconds=10)
        )
    before = story.snapshot()
    with pytest.raises(Refused) as refused:
        joining.merge(story.log, story.request(source), into)
    assert refused.value.code == {"itself": "same", "unknown": "not_found", "held": "reply_held"}[wrong]
    assert story.snapshot() == before


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
    joining.split(story.log, story.request(two), [third])
    story.mail("d@x", "ann@x.example", 3, answers="a@x")  # out of order
    joining.merge(story.log, story.request(one), two)
    writing.reply(story.log, story.request(two, 70), api.Reply(command_id=uuid4(), text="Bye", hold_seconds=60))
    live = story.snapshot()
    assert rebuild(story.log) == len(live) == 3
    assert story.snapshot() == live


def test_an_erased_person_leaves_facts_and_no_words(story: Story) -> None:
    ann, bob = story.mail("a@x", "ann@x.example"), story.mail("b@x", "bob@x.example", 5, answers="a@x")
    other = story.mail("c@x", "eve@x.example")
    conversation = story.place(ann)
    del bob
    payload = CustomerErased(
        customer_id=uuid4(), contacts=(ContactPoint(kind=ContactKind.EMAIL, value="ann@x.example"),)
    )
    wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=story.noon, recorded_at=story.noon)
    link_customers(story.log, [(wrapped, payload)])

    assert story.rows("SELECT id FROM conversation.message WHERE conversation_id = %s", conversation) == []
    erased = story.row(conversation)
    assert (erased["subject"], erased["preview"], erased["message_count"]) == (None, "", 2)
    tables = ("message", "contact", "conversation", "stored_events", "thread_key", "draft")
    everything = str([story.rows(f"SELECT * FROM conversation.{table}") for table in tables])
    assert "ann@x.example" not in everything
    assert story.row(story.place(other))["preview"] == "This is c@x."
