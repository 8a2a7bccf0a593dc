"""Events in, cards and public events out, on a real database."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from nitka.api.customers import CustomerCard
from nitka.customer_profile import store
from nitka.events import (
    Automatic,
    CustomerIdentified,
    CustomersMerged,
    CustomerUpdated,
    DeliveryState,
    OrderLine,
    Segment,
    SegmentChanged,
)

pytestmark = pytest.mark.stack

ANN, WORK, PHONE = "email:ann@example.com", "email:ann@work.example", "phone:+48600100200"
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def card(parts: Any, contact: str, now: datetime = NOW) -> CustomerCard:
    found = await parts.cards.by_contact(contact, now)
    assert isinstance(found, CustomerCard)
    return found


async def test_a_customer_with_a_conversation_orders_and_visits(parts: Any, told: Any) -> None:
    await parts.profiles.handle(
        [
            told.opened(12, ANN, NOW - 3 * DAY),
            told.message(12, ANN, NOW - 3 * DAY, name="Ann Nowak"),
            told.visit(NOW - 2 * DAY, ANN),
            told.visit(NOW - DAY, ANN, product="Blue scarf"),
            told.order(
                "1001", "129.90", NOW - HOUR, ANN, lines=(OrderLine(title="Scarf", quantity=1, unit_price=129),)
            ),
            told.order("1000", "70.10", NOW - 61 * DAY, ANN, status="sent"),
            told.order("999", "500", NOW - 70 * DAY, ANN, cancelled=True),
        ]
    )
    found = await card(parts, ANN)
    assert (found.name, [c.key for c in found.contacts]) == ("Ann Nowak", [ANN])
    assert (found.visits, found.last_visit, found.segment) == (2, NOW - DAY, Segment.ACTIVE)
    assert found.orders == 2
    assert [(m.amount, m.currency) for m in found.order_value] == [(Decimal("200.00"), "PLN")]
    assert [m.amount for m in found.average_order_value] == [Decimal("100.00")]
    assert found.orders_per_month == pytest.approx(2 / (61 / (365.25 / 12)))
    assert [(o.order_id, o.cancelled) for o in found.recent_orders] == [
        ("1001", False),
        ("1000", False),
        ("999", True),
    ]
    assert found.recent_orders[0].lines[0].title == "Scarf"
    assert [(a.kind, a.text) for a in found.activity] == [
        ("order", "1001"),
        ("product_view", "Blue scarf"),
        ("visit", "main"),
        ("message", "#12"),
        ("order", "1000"),
        ("order", "999"),
    ]
    assert await parts.cards.by_id(found.id, NOW) == found


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_message_that_was_split_off_leads_to_where_it_is(parts: Any, told: Any, at_once: bool) -> None:
    asked, other = told.message(12, ANN, NOW - HOUR), told.message(12, ANN, NOW)
    first = [told.opened(12, ANN, NOW - HOUR), asked, other]
    then = [told.split(12, 13, other, NOW), told.opened(13, ANN, NOW)]
    for batch in [first + then] if at_once else [first, then]:
        await parts.profiles.handle(batch)
    found = await card(parts, ANN)
    assert [a.text for a in found.activity] == ["#13", "#12"]


async def test_events_again_change_nothing(parts: Any, told: Any) -> None:
    batch = [
        told.opened(1, ANN, NOW),
        told.message(1, ANN, NOW),
        told.visit(NOW, ANN),
        told.order("1", "10", NOW, ANN),
    ]
    await parts.profiles.handle([*batch, *batch])
    first, published = await card(parts, ANN), await parts.published()
    await parts.profiles.handle(batch[2:])
    await parts.profiles.handle(batch)
    assert await card(parts, ANN) == first
    assert (first.visits, first.orders, len(first.activity)) == (1, 1, 3)
    assert published
    assert await parts.published() == []


async def test_the_newest_state_of_an_order_wins_whatever_the_order_of_arrival(parts: Any, told: Any) -> None:
    placed = {"placed_at": NOW - 2 * DAY}
    paid = told.order("1", "10", NOW - DAY, ANN, status="paid", **placed)
    cancelled = told.order("1", "10", NOW, ANN, status="cancelled", cancelled=True, **placed)
    await parts.profiles.handle([cancelled])
    await parts.profiles.handle([paid])
    found = await card(parts, ANN)
    assert [(o.status, o.placed_at) for o in found.recent_orders] == [("cancelled", NOW - 2 * DAY)]
    assert found.orders == 0


async def test_an_order_joins_customers_and_keeps_their_history(parts: Any, told: Any) -> None:
    await parts.profiles.handle([told.opened(1, ANN, NOW - DAY), told.message(1, ANN, NOW - DAY, name="Ann")])
    await parts.profiles.handle(
        [told.visit(NOW - 9 * DAY, PHONE), told.order("1", "10", NOW - 9 * DAY, PHONE), told.visit(NOW, WORK)]
    )
    ann, phone, work = [(await card(parts, c)).id for c in (ANN, PHONE, WORK)]
    assert len({ann, phone, work}) == 3
    await parts.published()

    await parts.profiles.handle([told.order("2", "20", NOW, WORK, PHONE, ANN)])
    found = await card(parts, PHONE)
    assert found.id == ann, "the one known longest stays"
    assert {c.key for c in found.contacts} == {ANN, PHONE, WORK}
    assert (found.visits, found.orders, found.last_visit, found.name) == (2, 2, NOW, "Ann")
    assert [a.kind for a in found.activity].count("message") == 1
    assert (await parts.cards.by_id(phone, NOW)) == (await parts.cards.by_id(work, NOW)) == found
    payloads = [e.payload for e in await parts.published()]
    assert {(p.customer_id, p.merged_id) for p in payloads if isinstance(p, CustomersMerged)} == {
        (ann, phone),
        (ann, work),
    }
    (identified,) = [p for p in payloads if isinstance(p, CustomerIdentified)]
    assert len(identified.contacts) == 3
    async with parts.pool.connection() as connection:
        kept = await (await connection.execute("SELECT merged_id, contacts FROM merge")).fetchall()
    assert dict(kept) == {phone: [PHONE], work: [WORK]}


async def test_a_chain_of_merges_in_one_batch_ends_with_one_customer(parts: Any, told: Any) -> None:
    names = [f"email:{c}@example.com" for c in "abcde"]
    batch = [told.visit(NOW, n) for n in names]
    batch += [told.visit(NOW, first, second) for first, second in itertools.pairwise(names[1:])]
    batch += [told.visit(NOW, names[4], names[0])]
    await parts.profiles.handle(batch)
    found = [await card(parts, n) for n in names]
    assert {c.id for c in found} == {found[0].id}
    assert found[0].visits == len(batch)
    async with parts.pool.connection() as connection:
        rows = await (await connection.execute("SELECT id, merged_into FROM customer")).fetchall()
    assert {into for _, into in rows if into} == {found[0].id}


async def test_two_batches_at_once_make_one_customer(parts: Any, told: Any) -> None:
    batches = [[told.visit(NOW, ANN, PHONE)] for _ in range(4)] + [[told.message(1, ANN, NOW)] for _ in range(4)]
    await asyncio.gather(*(parts.profiles.handle(b) for b in batches))
    assert (await card(parts, PHONE)).visits == 4
    assert len(await parts.cards.search("ann", NOW)) == 1


async def test_a_machine_is_no_customer(parts: Any, told: Any) -> None:
    daemon = "email:mailer-daemon@example.com"
    await parts.profiles.handle(
        [
            told.opened(1, daemon, NOW, automatic=Automatic.BOUNCE),
            told.message(1, daemon, NOW, automatic=Automatic.BOUNCE),
        ]
    )
    assert await parts.cards.by_contact(daemon, NOW) is None
    assert await parts.published() == []


async def test_an_update_tells_segment_and_orders_as_they_are_after_the_batch(parts: Any, told: Any) -> None:
    await parts.profiles.handle(
        [
            told.visit(NOW - DAY, ANN),
            told.order("1000", "70", NOW - 9 * DAY, ANN, status="delivered"),
            told.order("1001", "30", NOW - DAY, ANN, status="paid"),
            told.order("1002", "30", NOW - 20 * DAY, ANN, status="cancelled", cancelled=True),
        ]
    )
    updates = [e.payload for e in await parts.published() if isinstance(e.payload, CustomerUpdated)]
    assert {(u.segment, u.orders, u.last_order_number, u.last_order_status) for u in updates} == {
        (Segment.ACTIVE, 2, "1001", "paid")
    }
    await parts.profiles.handle([told.order("1001", "30", NOW - DAY, ANN, status="shipped")])
    (update,) = [e.payload for e in await parts.published() if isinstance(e.payload, CustomerUpdated)]
    assert (update.orders, update.last_order_number, update.last_order_status) == (2, "1001", "shipped")


async def test_a_hard_bounce_marks_the_address_until_somebody_writes_from_it(parts: Any, told: Any) -> None:
    await parts.profiles.handle([told.message(1, ANN, NOW - 2 * DAY), told.visit(NOW - 2 * DAY, ANN, PHONE)])
    await parts.published()
    await parts.profiles.handle([told.bounced("email:Ann@example.com", NOW - DAY)])
    found = await card(parts, ANN)
    assert found.undeliverable == ("ann@example.com",)
    (told_of,) = [e.payload for e in await parts.published()]
    assert told_of == CustomerUpdated(customer_id=found.id, segment=Segment.ACTIVE, orders=0)
    await parts.profiles.handle([told.message(1, ANN, NOW - 3 * DAY)])
    assert (await card(parts, ANN)).undeliverable == ("ann@example.com",), "an old mail says nothing"
    await parts.profiles.handle([told.message(1, ANN, NOW)])
    assert (await card(parts, ANN)).undeliverable == ()


async def test_an_address_that_our_relay_refuses_is_marked_as_well(parts: Any, told: Any) -> None:
    await parts.profiles.handle([told.message(1, ANN, NOW - DAY)])
    await parts.profiles.handle([told.bounced(ANN, NOW, hard=False, state=DeliveryState.FAILED)])
    assert (await card(parts, ANN)).undeliverable == ()
    await parts.profiles.handle([told.bounced(ANN, NOW, state=DeliveryState.FAILED)])
    assert (await card(parts, ANN)).undeliverable == ("ann@example.com",)


async def test_a_soft_bounce_or_a_stranger_s_marks_nothing(parts: Any, told: Any) -> None:
    await parts.profiles.handle([told.message(1, ANN, NOW), told.bounced(ANN, NOW, hard=False)])
    await parts.profiles.handle([told.bounced(WORK, NOW)])
    assert (await card(parts, ANN)).undeliverable == ()
    assert await parts.cards.by_contact(WORK, NOW) is None


class TestSegments:
    async def test_time_alone_changes_what_is_read(self, parts: Any, told: Any) -> None:
        await parts.profiles.handle([told.visit(NOW, ANN)])
        for days, expected in [
            (0, "active"),
            (6.9, "active"),
            (7, "low_risk"),
            (29.9, "low_risk"),
            (30, "high_risk"),
        ]:
            assert (await card(parts, ANN, NOW + days * DAY)).segment == expected

    async def test_time_alone_is_announced_once_also_after_a_restart(self, parts: Any, told: Any) -> None:
        await parts.profiles.handle([told.visit(NOW, ANN), told.visit(NOW, WORK)])
        await parts.published()
        assert await parts.profiles.pass_time(NOW + 7 * DAY - HOUR) == 0
        parts = await parts.restarted()
        assert await parts.profiles.pass_time(NOW + 7 * DAY) == 2
        assert await parts.profiles.pass_time(NOW + 7 * DAY) == 0
        parts = await parts.restarted()
        first = await parts.published()
        assert {(e.payload.previous, e.payload.segment) for e in first} == {("active", "low_risk")}
        assert {e.envelope.occurred_at for e in first} == {NOW + 7 * DAY}
        assert await parts.profiles.pass_time(NOW + 31 * DAY) == 2
        assert {e.payload.segment for e in await parts.published()} == {Segment.HIGH_RISK}
        assert await parts.profiles.pass_time(NOW + 4000 * DAY) == 0

    async def test_a_visit_brings_a_customer_back(self, parts: Any, told: Any) -> None:
        await parts.profiles.handle([told.visit(NOW - 40 * DAY, ANN)])
        await parts.profiles.handle([told.visit(NOW, ANN)])
        moves = [e.payload for e in await parts.published() if isinstance(e.payload, SegmentChanged)]
        assert [(m.previous, m.segment) for m in moves] == [("unknown", "high_risk"), ("high_risk", "active")]
        assert await parts.profiles.pass_time(NOW + 7 * DAY) == 1


class TestOutbox:
    async def test_a_broker_that_refuses_loses_nothing(self, parts: Any, told: Any) -> None:
        await parts.profiles.handle([told.visit(NOW, ANN)])
        publish = parts.broker.publish

        async def refuse(*_: Any) -> None:
            raise ConnectionError

        parts.broker.publish = refuse
        with pytest.raises(ConnectionError):
            await parts.relay.relay()
        parts.broker.publish = publish
        assert [type(e.payload) for e in await parts.published()] == [
            CustomerIdentified,
            SegmentChanged,
            CustomerUpdated,
        ]

    async def test_one_relay_at_a_time(self, parts: Any, told: Any, postgres_dsn: str) -> None:
        await parts.profiles.handle([told.visit(NOW, ANN)])
        with psycopg.connect(postgres_dsn) as other:
            other.execute("SELECT pg_advisory_xact_lock(7215031)")
            assert await parts.relay.relay() == 0
            other.rollback()
        assert await parts.relay.relay() == 3

    async def test_what_follows_from_an_event_has_its_correlation(self, parts: Any, told: Any) -> None:
        visit = told.visit(NOW, ANN)
        await parts.profiles.handle([visit])
        published = await parts.published()
        assert {e.envelope.causation_id for e in published} == {visit.event.envelope.event_id}
        assert len({e.envelope.event_id for e in published}) == len(published)


async def test_search_by_name_address_phone_order_and_id(parts: Any, told: Any) -> None:
    await parts.profiles.handle([told.message(1, ANN, NOW, name="Ann Nowak"), told.visit(NOW, ANN, PHONE)])
    await parts.profiles.handle([told.message(2, "email:bob@example.com", NOW, name="100% Bob_")])
    await parts.profiles.handle([told.message(3, "email:l@work.example", NOW, name="Łucja Yıldız-İnan")])
    await parts.profiles.handle([told.order("SO-1001_a", "10", NOW, ANN)])
    ann = (await card(parts, ANN)).id
    for text, count in [
        ("nowak", 1), ("ann now", 1), ("ann zoe", 0), ("owak", 0), ("ANN@", 1), ("+48 600 100", 1),
        ("600-100-200", 1), ("0600100200", 1), ("example.com", 2), ("%", 0), ("zoe", 0), ("lucja", 1),
        ("ŁUCJA yildiz", 1), ("inan", 1), ("so-1001", 1), ("#SO-1001_A", 1), ("so-1001%", 0), ("1001", 0),
        (str(ann), 1), (" #", 0), ("' \\ & | !", 0),
    ]:  # fmt: skip
        assert len(await parts.cards.search(text, NOW)) == count, text
        assert len(await parts.cards.ids(text)) == count, text
    (found,) = await parts.cards.search("Nowak", NOW)
    assert (found.visits, found.activity) == (1, ())


async def test_a_merged_customer_is_found_by_what_both_had_and_only_once(parts: Any, told: Any) -> None:
    await parts.profiles.handle([told.message(1, ANN, NOW, name="Ann Nowak")])
    await parts.profiles.handle([told.message(2, WORK, NOW - DAY, name="Anna N")])
    gone = (await card(parts, WORK)).id
    await parts.profiles.handle([told.visit(NOW, ANN, WORK)])
    for text in ("ann@work.example", "ann@example.com", "nowak", "ann", str(gone)):
        assert len(await parts.cards.ids(text)) == 1, text


async def test_a_name_that_many_have_is_left_to_the_conversations(parts: Any, told: Any) -> None:
    for n in range(51):
        await parts.profiles.handle([told.message(n, f"email:ann{n}@example.com", NOW)])
    assert await parts.cards.ids("ann") == []
    assert len(await parts.cards.ids("ann50")) == 1


async def test_an_order_is_found_though_many_numbers_begin_with_it(parts: Any, told: Any) -> None:
    for n in range(52):
        await parts.profiles.handle(
            [told.order("7" if n == 20 else f"7{n:02}", "1", NOW, f"email:c{n}@example.com")]
        )
    (found,) = await parts.cards.ids("#7")
    assert [c.value for c in (await parts.cards.by_id(found, NOW)).contacts] == ["c20@example.com"]
    assert (await parts.cards.search("7", NOW))[0].id == found


async def test_an_order_with_a_number_sign_is_that_order(parts: Any, told: Any) -> None:
    for n in (84, 841):
        await parts.profiles.handle([told.order(f"{n}", "1", NOW, f"email:c{n}@example.com")])
    (found,) = await parts.cards.ids("#84")
    assert [c.value for c in (await parts.cards.by_id(found, NOW)).contacts] == ["c84@example.com"]
    assert await parts.cards.ids("#8") == []
    assert len(await parts.cards.ids("84")) == 2


async def test_customers_of_before_the_search_get_their_words(parts: Any, told: Any, postgres_dsn: str) -> None:
    await parts.profiles.handle([told.message(1, ANN, NOW, name="Ann Nowak")])
    async with parts.pool.connection() as connection:
        await connection.execute("UPDATE customer SET words = NULL")
    assert await parts.cards.ids("nowak") == []
    store.migrate(postgres_dsn)
    assert len(await parts.cards.ids("nowak")) == len(await parts.cards.ids("ann@exa")) == 1


async def test_old_memories_of_events_are_dropped(parts: Any, told: Any) -> None:
    visit = told.visit(NOW, ANN)
    await parts.profiles.handle([visit])
    await parts.profiles.forget_seen(NOW + 61 * DAY)
    async with parts.pool.connection() as connection:
        assert await (await connection.execute("SELECT count(*) FROM seen")).fetchone() == (0,)
