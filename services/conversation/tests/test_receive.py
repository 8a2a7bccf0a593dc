"""Received messages on the real event log: once each, in their thread, in any order of arrival."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from nitka.conversation.domain import fold, threading
from nitka.conversation.handlers import joining
from nitka.conversation.handlers import receive as receiving
from nitka.conversation.handlers.command import Request
from nitka.conversation.store import mapping
from nitka.conversation.store.events import EventLog, open_log
from nitka.conversation.store.schema import migrate
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Automatic,
    Bounce,
    Channel,
    ContactKind,
    ContactPoint,
    Envelope,
    MessageReceived,
    ThreadRefs,
    envelope,
)

pytestmark = pytest.mark.stack

ACCOUNT = "support@shop.example"
KEY = b"k" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ZOFIA = Actor(kind=ActorKind.AGENT, id="zofia@shop.example")
_minutes = itertools.count()


@pytest.fixture
def log(postgres_dsn: str) -> Iterator[EventLog]:
    migrate(postgres_dsn)
    with open_log(postgres_dsn) as opened:
        yield opened


def mail(
    message_id: str,
    *,
    answers: str | None = None,
    references: tuple[str, ...] = (),
    sender: str = "ann@example.com",
    tokens: tuple[str, ...] = (),
    subject_tokens: tuple[str, ...] = (),
    automatic: Automatic | None = None,
    bounces: tuple[Bounce, ...] = (),
    event_id: UUID | None = None,
    account: str = ACCOUNT,
) -> tuple[Envelope, MessageReceived]:
    payload = MessageReceived(
        channel=Channel.EMAIL,
        account=account,
        external_id=message_id,
        thread=ThreadRefs(
            external_thread=(references or (answers or message_id,))[0],
            message_id=message_id,
            in_reply_to=(answers,) if answers else (),
            references=references,
            tokens=tokens,
            subject_tokens=subject_tokens,
        ),
        sender=ContactPoint(kind=ContactKind.EMAIL, value=sender),
        subject="Where is my parcel?",
        text=f"This is {message_id}.",
        automatic=automatic,
        bounces=bounces,
    )
    at = NOON + timedelta(minutes=next(_minutes))
    wrapped = envelope(payload, event_id=event_id or uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=at)
    return wrapped, payload


def receive(log: EventLog, *batch: tuple[Envelope, MessageReceived]) -> None:
    receiving.receive(log, KEY, batch)


def threads(log: EventLog) -> set[frozenset[str]]:
    """The conversations, as sets of message ids."""
    with log.datastore.pool.connection() as connection:
        rows = connection.execute(
            "SELECT array_agg(external_id) AS ids FROM conversation.message GROUP BY conversation_id"
        ).fetchall()
    return {frozenset(row["ids"]) for row in rows}


def rows(log: EventLog) -> list[dict[str, object]]:
    with log.datastore.pool.connection() as connection:
        return connection.execute(
            "SELECT * FROM conversation.conversation WHERE merged_into IS NULL ORDER BY number"
        ).fetchall()


def test_a_first_mail_opens_a_conversation(log: EventLog) -> None:
    receive(log, mail("a@x"))
    (row,) = rows(log)
    assert (row["status"], row["subject"], row["preview"], row["message_count"]) == (
        "open",
        "Where is my parcel?",
        "This is a@x.",
        1,
    )


def test_a_redelivered_batch_changes_nothing(log: EventLog) -> None:
    batch = [mail("a@x"), mail("b@x", answers="a@x")]
    receive(log, *batch)
    receive(log, *batch, mail("c@x", answers="b@x"))
    assert threads(log) == {frozenset({"a@x", "b@x", "c@x"})}
    assert rows(log)[0]["message_count"] == 3


def test_the_same_event_twice_in_one_batch_counts_once(log: EventLog) -> None:
    one = mail("a@x")
    receive(log, one, one)
    assert rows(log)[0]["message_count"] == 1


def test_an_answer_that_comes_before_its_question_joins_it(log: EventLog) -> None:
    receive(log, mail("b@x", answers="a@x"))
    receive(log, mail("a@x"))
    assert threads(log) == {frozenset({"a@x", "b@x"})}


def test_a_mail_that_names_two_conversations_shows_that_they_are_one(log: EventLog) -> None:
    receive(log, mail("a@x"), mail("b@x", answers="unseen@x"), mail("other@x"))
    receive(log, mail("c@x", answers="b@x", references=("a@x", "b@x")))
    assert threads(log) == {frozenset({"a@x", "b@x", "c@x"}), frozenset({"other@x"})}


def test_what_an_agent_split_off_stays_apart_though_a_mail_names_both(log: EventLog) -> None:
    receive(log, mail("a@x"), b := mail("b@x", answers="a@x"))
    (row,) = rows(log)
    assert isinstance(row["id"], UUID)
    joining.split(log, Request(row["id"], uuid4(), ZOFIA, NOON), [b[0].event_id])
    receive(log, mail("c@x", answers="b@x", references=("a@x", "b@x")))
    assert threads(log) == {frozenset({"a@x"}), frozenset({"b@x", "c@x"})}


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7])
@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_arrival_gives_the_same_threads(log: EventLog, batch_size: int, seed: int) -> None:
    """A chain that only knows its direct predecessor is the worst case: later mails join earlier halves."""
    chain = [mail("0@x")] + [mail(f"{n}@x", answers=f"{n - 1}@x") for n in range(1, 7)]
    tree = [mail("r@y"), mail("s@y", references=("r@y",)), mail("t@y", references=("r@y", "s@y"))]
    lone = [mail("l@z")]
    gap = [mail("u@w"), mail("v@w", answers="lost@w"), mail("w@w", answers="v@w", references=("u@w", "v@w"))]
    arrivals = [*chain, *tree, *lone, *gap]
    random.Random(seed).shuffle(arrivals)
    for start in range(0, len(arrivals), batch_size):
        receive(log, *arrivals[start : start + batch_size])
    assert threads(log) == {
        frozenset(f"{n}@x" for n in range(7)),
        frozenset({"r@y", "s@y", "t@y"}),
        frozenset({"l@z"}),
        frozenset({"u@w", "v@w", "w@w"}),
    }
    assert [row["message_count"] for row in rows(log)].count(7) == 1


def test_a_token_decides_before_all_headers(log: EventLog) -> None:
    receive(log, mail("a@x"), mail("other@x"))
    first = rows(log)[0]["id"]
    assert isinstance(first, UUID)
    receive(log, mail("b@x", answers="other@x", tokens=(threading.token(KEY, first),)))
    assert frozenset({"a@x", "b@x"}) in threads(log)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_mail_to_two_inboxes_is_in_a_conversation_of_each_once(log: EventLog, at_once: bool) -> None:
    receive(log, mail("a@x"))
    (first,) = rows(log)
    assert isinstance(first["id"], UUID)
    named = {"answers": "a@x", "tokens": (threading.token(KEY, first["id"]),)}
    batch = [mail("b@x", account="sales@shop.example", **named), mail("b@x", **named)]
    for part in [batch] if at_once else [[m] for m in batch]:
        receive(log, *part)
    found = [(row["account"], row["message_count"]) for row in rows(log)]
    assert found == [(ACCOUNT, 2), ("sales@shop.example", 1)]


def test_a_forged_token_means_nothing(log: EventLog) -> None:
    receive(log, mail("a@x"))
    first = rows(log)[0]["id"]
    assert isinstance(first, UUID)
    receive(log, mail("b@x", sender="eve@evil.example", tokens=(threading.token(b"guess" * 8, first),)))
    assert threads(log) == {frozenset({"a@x"}), frozenset({"b@x"})}


def test_a_number_in_the_subject_counts_only_from_a_participant(log: EventLog) -> None:
    receive(log, mail("a@x"))
    number = str(rows(log)[0]["number"])
    receive(log, mail("b@x", sender="eve@evil.example", subject_tokens=(number,)))
    receive(log, mail("c@x", subject_tokens=(number,)))
    assert threads(log) == {frozenset({"a@x", "c@x"}), frozenset({"b@x"})}


def test_a_machines_mail_waits_for_nobody(log: EventLog) -> None:
    receive(log, mail("a@x", automatic=Automatic.AUTO_REPLY))
    (row,) = rows(log)
    assert (row["status"], row["waiting_since"], row["automatic"]) == ("archived", None, True)


def test_an_automatic_answer_does_not_make_us_owe_an_answer(log: EventLog) -> None:
    receive(log, mail("a@x"))
    before = rows(log)[0]["waiting_since"]
    receive(log, mail("b@x", answers="a@x", automatic=Automatic.AUTO_REPLY))
    (row,) = rows(log)
    assert (row["waiting_since"], row["automatic"], row["message_count"]) == (before, False, 2)


def test_the_snapshot_is_the_fold_of_the_history(log: EventLog, postgres_dsn: str) -> None:
    receive(log, mail("b@x", answers="a@x"), mail("c@x"))
    receive(log, mail("a@x", references=("c@x",)), mail("d@x", answers="c@x"))
    with psycopg.connect(postgres_dsn) as connection:
        snapshots = connection.execute("SELECT id, snapshot FROM conversation.conversation").fetchall()
    assert len(snapshots) == 2
    for conversation_id, snapshot in snapshots:
        history = [mapping.from_stored(s) for s in log.select_events(conversation_id)]
        state = fold([r.event for r in history])
        assert state is not None
        assert type(state).model_validate_json(bytes(snapshot)) == state
        assert [r.version for r in history] == list(range(1, len(history) + 1))
