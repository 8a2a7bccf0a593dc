"""Two conversations become one by hand, one becomes two, and nothing gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from nitka.api import conversations as api
from nitka.conversation.domain import Refused, threading
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, joining, receive, writing
from nitka.conversation.handlers.background import link_customers
from nitka.conversation.handlers.command import Request
from nitka.conversation.handlers.rebuild import rebuild
from nitka.conversation.store.events import EventLog, open_log
from nitka.conversation.store.schema import migrate
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Channel,
    ContactKind,
    ContactPoint,
    CustomerErased,
    MessageReceived,
    ThreadRefs,
    envelope,
)

pytestmark = pytest.mark.stack

ACCOUNT, KEY = "support@shop.example", b"k" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLA = Actor(kind=ActorKind.AGENT, id="ola")


@pytest.fixture
def log(postgres_dsn: str) -> Iterator[EventLog]:
    migrate(postgres_dsn)
    with open_log(postgres_dsn) as opened:
        yield opened


def mail(log: EventLog, message_id: str, sender: str, at: int = 0, *, answers: str = "", tokens: Any = ()) -> UUID:
    """A mail comes in `at` minutes after noon; its message id."""
    payload = MessageReceived(
        channel=Channel.EMAIL,
        account=ACCOUNT,
        external_id=message_id,
        thread=ThreadRefs(
            external_thread=answers or message_id,
            message_id=message_id,
            in_reply_to=(answers,) if answers else (),
            tokens=tuple(tokens),
        ),
        sender=ContactPoint(kind=ContactKind.EMAIL, value=sender),
        subject=f"About {message_id}",
        text=f"This is {message_id}.",
    )
    when = NOON + timedelta(minutes=at)
    wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=when, recorded_at=when)
    receive.receive(log, KEY, [(wrapped, payload)])
    return wrapped.event_id


def rows(log: EventLog, query: str, *values: object) -> list[dict[str, Any]]:
    with log.datastore.pool.connection() as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


def place(log: EventLog, message_id: UUID) -> UUID:
    """The conversation that holds a message."""
    (row,) = rows(log, "SELECT conversation_id FROM conversation.message WHERE id = %s", message_id)
    return UUID(str(row["conversation_id"]))


def row(log: EventLog, conversation_id: UUID) -> dict[str, Any]:
    (found,) = rows(log, "SELECT * FROM conversation.conversation WHERE id = %s", conversation_id)
    return found


def request(conversation_id: UUID, at: int = 60) -> Request:
    return Request(conversation_id, uuid4(), OLA, NOON + timedelta(minutes=at), "Ola")


def snapshot(log: EventLog) -> list[dict[str, Any]]:
    return rows(log, "SELECT * FROM conversation.conversation ORDER BY id")


def test_a_merged_conversation_goes_on_in_the_other_one(log: EventLog) -> None:
    first, second = mail(log, "a@x", "ann@x.example"), mail(log, "b@x", "ann@private.example", 5)
    target, source = place(log, first), place(log, second)
    command.carry_out(log, request(source), c.AddLabel("returns"), c.Follow("jo"))
    writing.reply(log, request(source, 10), api.Reply(command_id=uuid4(), text="On its way."))
    mail(log, "c@x", "ann@private.example", 15, answers="b@x")
    joining.merge(log, request(source), target)

    merged = row(log, target)
    assert (merged["message_count"], merged["labels"], merged["followers"]) == (4, ["returns"], ["jo"])
    assert (merged["preview"], merged["subject"]) == ("This is c@x.", "About a@x")
    assert merged["waiting_since"] == NOON
    assert row(log, source)["merged_into"] == target
    assert place(log, mail(log, "d@x", "ann@private.example", 20, answers="c@x")) == target
    by_token = mail(log, "e@x", "ann@private.example", 25, tokens=[threading.token(KEY, source)])
    assert place(log, by_token) == target


def test_what_is_merged_into_a_closed_conversation_reopens_it_when_somebody_waits(log: EventLog) -> None:
    target, source = (
        place(log, mail(log, "a@x", "ann@x.example")),
        place(log, mail(log, "b@x", "ann@x.example", 5)),
    )
    command.carry_out(log, request(target), c.Close())
    joining.merge(log, request(source), target)
    assert (row(log, target)["status"], row(log, target)["waiting_since"]) == ("open", NOON + timedelta(minutes=5))


@pytest.mark.parametrize("wrong", ["itself", "unknown", "held"])
def test_what_cannot_be_merged_says_why_and_changes_nothing(log: EventLog, wrong: str) -> None:
    target, source = place(log, mail(log, "a@x", "ann@x.example")), place(log, mail(log, "b@x", "bob@x.example"))
    into = {"itself": source, "unknown": uuid4(), "held": target}[wrong]
    if wrong == "held":
        writing.reply(log, request(source), api.Reply(command_id=uuid4(), text="Hello", hold_seconds=10))
    before = snapshot(log)
    with pytest.raises(Refused) as refused:
        joining.merge(log, request(source), into)
    assert refused.value.code == {"itself": "same", "unknown": "not_found", "held": "reply_held"}[wrong]
    assert snapshot(log) == before


def test_a_stranger_in_a_thread_gets_a_conversation_of_their_own(log: EventLog) -> None:
    first = mail(log, "a@x", "ann@x.example")
    stranger = mail(log, "b@x", "bob@y.example", 5, answers="a@x")
    source = place(log, first)
    asked = request(source)
    joining.split(log, asked, [stranger])
    into = joining.split_id(asked)

    assert place(log, stranger) == into
    new, old = row(log, into), row(log, source)
    assert (new["status"], new["message_count"], new["preview"], new["subject"]) == (
        "open", 1, "This is b@x.", "About b@x",
    )  # fmt: skip
    assert new["waiting_since"] == NOON + timedelta(minutes=5)
    assert (old["message_count"], old["preview"], old["waiting_since"]) == (1, "This is a@x.", NOON)
    assert place(log, mail(log, "c@y", "bob@y.example", 10, answers="b@x")) == into
    assert place(log, mail(log, "d@x", "ann@x.example", 10, answers="a@x")) == source


def test_a_split_again_is_the_same_split(log: EventLog) -> None:
    first = mail(log, "a@x", "ann@x.example")
    stranger = mail(log, "b@x", "bob@y.example", 5, answers="a@x")
    asked = request(place(log, first))
    joining.split(log, asked, [stranger])
    before = snapshot(log)
    joining.split(log, asked, [stranger])
    assert snapshot(log) == before


def test_not_all_messages_can_be_split_off(log: EventLog) -> None:
    first = mail(log, "a@x", "ann@x.example")
    with pytest.raises(Refused) as refused:
        joining.split(log, request(place(log, first)), [first])
    assert refused.value.code == "nothing_left"


def test_the_rebuilt_list_is_the_list_as_it_was(log: EventLog) -> None:
    """After everything that can happen to a row."""
    first, second = mail(log, "a@x", "ann@x.example"), mail(log, "b@x", "bob@x.example", 5)
    third = mail(log, "c@x", "eve@x.example", 7, answers="b@x")
    one, two = place(log, first), place(log, second)
    writing.reply(log, request(one, 8), api.Reply(command_id=uuid4(), text="Hello", then="close"))
    writing.reply(log, request(two, 9), api.Reply(command_id=uuid4(), text="Later", hold_seconds=5))
    writing.release_due(log, NOON + timedelta(minutes=10), 10)
    writing.forward(
        log,
        request(two, 11),
        api.Forward(
            command_id=uuid4(),
            message_id=second,
            to=(ContactPoint(kind=ContactKind.EMAIL, value="w@x.example"),),
            text="See below",
        ),
    )
    joining.split(log, request(two), [third])
    mail(log, "d@x", "ann@x.example", 3, answers="a@x")  # out of order
    joining.merge(log, request(one), two)
    writing.reply(log, request(two, 70), api.Reply(command_id=uuid4(), text="Bye", hold_seconds=60))
    live = snapshot(log)
    assert rebuild(log) == len(live) == 3
    assert snapshot(log) == live


def test_an_erased_person_leaves_facts_and_no_words(log: EventLog) -> None:
    ann, bob = mail(log, "a@x", "ann@x.example"), mail(log, "b@x", "bob@x.example", 5, answers="a@x")
    other = mail(log, "c@x", "eve@x.example")
    conversation = place(log, ann)
    del bob
    payload = CustomerErased(
        customer_id=uuid4(), contacts=(ContactPoint(kind=ContactKind.EMAIL, value="ann@x.example"),)
    )
    wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=NOON, recorded_at=NOON)
    link_customers(log, [(wrapped, payload)])

    assert rows(log, "SELECT id FROM conversation.message WHERE conversation_id = %s", conversation) == []
    erased = row(log, conversation)
    assert (erased["subject"], erased["preview"], erased["message_count"]) == (None, "", 2)
    tables = ("message", "contact", "conversation", "stored_events", "thread_key", "draft")
    everything = str([rows(log, f"SELECT * FROM conversation.{table}") for table in tables])
    assert "ann@x.example" not in everything
    assert row(log, place(log, other))["preview"] == "This is c@x."
