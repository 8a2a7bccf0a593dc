"""The figures: what counts, where a day ends, and that a replay changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from nitka.events import Automatic, ContactKind, ContactPoint, CustomerErased, Envelope
from nitka.events import conversation as c
from nitka.reporting.domain.facts import ConversationFact, Pseudonyms, conversation_fact, erasure
from nitka.reporting.store.clickhouse import ClickHouse
from nitka.reporting.store.reports import Reports
from nitka.reporting.store.tables import Facts

pytestmark = pytest.mark.stack
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def rows(events: Sequence[Envelope], pseudonyms: Pseudonyms) -> list[ConversationFact]:
    return [conversation_fact(e, e.payload, pseudonyms) for e in events]


async def cards(clickhouse: ClickHouse, since: str, until: str, zone: str = "UTC") -> dict[str, Any]:
    days = date.fromisoformat(since), date.fromisoformat(until)
    found = await Reports(clickhouse).cards(*days, zone, NOW)
    return found.model_dump(exclude={"since", "until", "zone", "as_of"})


async def select(clickhouse: ClickHouse, sql: str) -> list[tuple[Any, ...]]:
    return await clickhouse.run(lambda client: [tuple(row) for row in client.query(sql).result_rows])


@pytest.fixture
def a_month(story: Any) -> Any:
    """Four conversations of three people, one of a machine; an older one of Ann in October."""
    story.opens("old", "2026-10-10 09:00", "ann")
    story.opens("parcel", "2026-11-03 10:00", "ann")
    story.replies("parcel", "2026-11-03 11:00")
    story.tell("parcel", "2026-11-03 11:01", c.LabelAdded, label="delivery")
    story.tell("parcel", "2026-11-03 11:02", c.LabelAdded, label="urgent")
    story.tell("parcel", "2026-11-03 11:03", c.LabelRemoved, label="urgent")
    story.tell("parcel", "2026-11-03 11:05", c.NoteAdded, message_id=story.id("note"), agent_id="agent-1")
    story.tell("parcel", "2026-11-03 12:00", c.Closed)
    story.tell("parcel", "2026-11-04 12:00", c.Rated, score=5, agent_id="agent-1")
    story.opens("late", "2026-11-03 23:30", "bob")
    story.tell("late", "2026-11-03 23:31", c.LabelAdded, label="returns")
    story.tell("late", "2026-11-03 23:32", c.LabelRemoved, label="returns")
    story.tell("late", "2026-11-05 08:00", c.Rated, score=2)
    story.opens("newsletter", "2026-11-04 08:00", "robot", automatic=Automatic.BULK)
    story.writes("late", "2026-11-04 09:00", "bob", automatic=Automatic.AUTO_REPLY)
    return story


async def test_the_six_cards_count_people_and_leave_machines_out(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, a_month: Any
) -> None:
    await Facts(clickhouse).add_conversations(rows(a_month.events, pseudonyms))
    assert await cards(clickhouse, "2026-11-01", "2026-11-30") == {
        "new_threads": 2,  # parcel, late; October's and the newsletter are not
        "messages": 3,  # two first messages and one reply; the automatic reply is not
        "new_users": 1,  # Bob; Ann wrote in October, the robot is no person
        "labelled_threads": 1,  # parcel; late lost its label
        "average_rating": 3.5,
        "ratings": 2,
    }


async def test_a_range_without_anything_has_zeros_and_no_average(clickhouse: ClickHouse) -> None:
    found = await cards(clickhouse, "2026-11-01", "2026-11-30")
    counts = dict.fromkeys(("new_threads", "messages", "new_users", "labelled_threads", "ratings"), 0)
    assert found == {**counts, "average_rating": None}


async def test_a_day_ends_at_midnight_of_the_time_zone(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, a_month: Any
) -> None:
    await Facts(clickhouse).add_conversations(rows(a_month.events, pseudonyms))
    in_utc = await cards(clickhouse, "2026-11-03", "2026-11-03")
    in_warsaw = await cards(clickhouse, "2026-11-03", "2026-11-03", "Europe/Warsaw")
    assert (in_utc["new_threads"], in_warsaw["new_threads"]) == (2, 1)
    assert (await cards(clickhouse, "2026-11-04", "2026-11-04", "Europe/Warsaw"))["new_threads"] == 1


async def test_the_series_has_every_day_and_adds_up_to_the_cards(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, a_month: Any
) -> None:
    await Facts(clickhouse).add_conversations(rows(a_month.events, pseudonyms))
    for zone in ("UTC", "Europe/Warsaw", "America/Sao_Paulo"):
        series = await Reports(clickhouse).series(date(2026, 11, 1), date(2026, 11, 30), zone)
        total = await cards(clickhouse, "2026-11-01", "2026-11-30", zone)
        assert [d.day.day for d in series.days] == list(range(1, 31))
        assert sum(d.new_threads for d in series.days) == total["new_threads"]
        assert sum(d.messages for d in series.days) == total["messages"]
        daily = f"daily(since='2026-11-01', until='2026-11-30', zone='{zone}')"
        assert await select(clickhouse, f"SELECT sum(new_users), sum(ratings) FROM {daily}") == [
            (total["new_users"], total["ratings"])
        ]


async def test_a_replay_of_everything_changes_no_figure(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, a_month: Any
) -> None:
    facts, told = Facts(clickhouse), rows(a_month.events, pseudonyms)
    await facts.add_conversations(told)
    once = await cards(clickhouse, "2026-11-01", "2026-11-30")
    threads = await select(clickhouse, "SELECT * FROM threads ORDER BY number")
    await facts.add_conversations(told)
    for fact in reversed(told):  # one by one, so in parts that are not merged, in another order
        await facts.add_conversations([fact])
    assert await cards(clickhouse, "2026-11-01", "2026-11-30") == once
    assert await select(clickhouse, "SELECT * FROM threads ORDER BY number") == threads
    await clickhouse.run(lambda client: client.command("OPTIMIZE TABLE conversation_events FINAL"))
    assert await cards(clickhouse, "2026-11-01", "2026-11-30") == once


async def test_a_conversation_that_was_part_of_another_one_is_no_thread_of_its_own(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, story: Any
) -> None:
    story.opens("question", "2026-11-03 10:00", "ann")
    story.opens("answer", "2026-11-03 09:00", "ann")
    story.tell("answer", "2026-11-03 10:00", c.MergedInto, into=story.id("question"))
    absorbed = {"absorbed": story.id("answer"), "message_ids": (story.id("message"),)}
    story.tell("question", "2026-11-03 10:00", c.Absorbed, **absorbed)
    await Facts(clickhouse).add_conversations(rows(story.events, pseudonyms))
    found = await cards(clickhouse, "2026-11-03", "2026-11-03")
    assert (found["new_threads"], found["messages"], found["new_users"]) == (1, 2, 1)
    assert await select(clickhouse, "SELECT merged_into FROM threads WHERE NOT is_new_thread") == [
        (story.id("question"),)
    ]


async def test_a_thread_shows_its_present_state(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, story: Any
) -> None:
    story.opens("a", "2026-11-03 10:00", "ann")
    story.tell("a", "2026-11-03 10:01", c.Assigned, assignee="agent-1")
    story.tell("a", "2026-11-03 10:01", c.CustomerLinked, customer_id=story.id("ann"))
    story.replies("a", "2026-11-03 10:05")
    story.tell("a", "2026-11-03 10:06", c.LabelAdded, label="b")
    story.tell("a", "2026-11-03 10:07", c.LabelAdded, label="a")
    story.tell("a", "2026-11-03 10:08", c.Closed)
    columns = (
        "status, assignee, labels, toString(first_response_at), toString(closed_at), "
        "customer_id, channel, is_new_thread, automatic"
    )
    facts = Facts(clickhouse)
    await facts.add_conversations(rows(story.events, pseudonyms))
    assert await select(clickhouse, f"SELECT {columns} FROM threads") == [
        (
            "closed", "agent-1", ["a", "b"], "2026-11-03 10:05:00.000", "2026-11-03 10:08:00.000",
            story.id("ann"), "email", 1, None,
        )
    ]  # fmt: skip
    reopened = {"previous": "closed", "reason": c.ReopenReason.MANUAL}
    story.tell("a", "2026-11-03 11:00", c.Reopened, **reopened)
    story.tell("a", "2026-11-03 11:01", c.Assigned, assignee=None, previous="agent-1")
    story.tell("a", "2026-11-03 11:02", c.LabelRemoved, label="b")
    await facts.add_conversations(rows(story.events, pseudonyms))
    assert await select(clickhouse, "SELECT status, assignee, labels, closed_at FROM threads") == [
        ("open", None, ["a"], None)
    ]


async def test_a_mail_cannot_move_itself_into_the_future_or_before_1970(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, story: Any
) -> None:
    story.opens("future", "2999-01-01 00:00", "ann")
    story.opens("past", "0001-01-01 00:00", "bob")
    recorded = datetime(2026, 11, 3, 10, tzinfo=UTC)
    events = [e.model_copy(update={"recorded_at": recorded}) for e in story.events]
    await Facts(clickhouse).add_conversations(rows(events, pseudonyms))
    opened = await select(clickhouse, "SELECT toString(opened_at) FROM threads ORDER BY opened_at")
    assert opened == [("1970-01-01 00:00:00.000",), ("2026-11-03 10:00:00.000",)]


async def test_no_address_name_or_text_reaches_clickhouse(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, a_month: Any
) -> None:
    facts = rows(a_month.events, pseudonyms)
    await Facts(clickhouse).add_conversations(facts)
    everything = str(await select(clickhouse, "SELECT * FROM conversation_events"))
    for personal in ("customer.example", "Ann", "ann@", "parcel", "Where is"):
        assert personal not in everything
    assert len({f.contact for f in facts if f.contact}) == 3


async def test_an_erased_person_is_forgotten_while_the_figures_stay(
    clickhouse: ClickHouse, pseudonyms: Pseudonyms, a_month: Any
) -> None:
    ann = ContactPoint(kind=ContactKind.EMAIL, value="ann@customer.example")
    a_month.tell("parcel", "2026-11-05 10:00", c.CustomerLinked, customer_id=a_month.id("ann"))
    told = rows(a_month.events, pseudonyms)
    facts = Facts(clickhouse)
    await facts.add_conversations(told)
    before = await cards(clickhouse, "2026-10-01", "2026-11-30")
    gone = CustomerErased(customer_id=a_month.id("ann"), contacts=(ann,))
    envelope = a_month.add(gone, "2026-11-20 10:00", "erased")

    async def is_forgotten() -> None:
        hers = f"contact = '{pseudonyms.of(ann)}' OR customer_id IS NOT NULL"
        assert await select(clickhouse, f"SELECT count() FROM conversation_events FINAL WHERE {hers}") == [(0,)]
        assert await cards(clickhouse, "2026-10-01", "2026-11-30") == before

    await facts.erase(erasure(envelope, gone, pseudonyms))
    await is_forgotten()
    # A replay of the topics, by a process that starts anew, does not bring her back.
    restarted = Facts(clickhouse)
    await restarted.add_conversations(told)
    await restarted.erase(erasure(envelope, gone, pseudonyms))
    await is_forgotten()
    # Writing again, she is somebody new.
    a_month.opens("again", "2026-11-25 10:00", "ann")
    await restarted.add_conversations(rows(a_month.events[-2:], pseudonyms))
    assert (await cards(clickhouse, "2026-10-01", "2026-11-30"))["new_users"] == before["new_users"] + 1
