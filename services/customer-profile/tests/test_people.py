"""Who is who."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from nitka.customer_profile.domain import (
    Book,
    Change,
    Created,
    Customer,
    Fact,
    Linked,
    Merged,
    NameSource,
    Renamed,
    SegmentMoved,
    Visited,
    evolve,
    fact_of,
    normal,
    tell,
)
from nitka.customer_profile.outbox import announcements
from nitka.events import (
    SYSTEM,
    Automatic,
    Channel,
    ContactKind,
    ContactPoint,
    CustomerIdentified,
    CustomersMerged,
    Event,
    Payload,
    Segment,
    SegmentChanged,
    envelope,
)
from nitka.events.conversation import ConversationOpened, CustomerMessageReceived

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def mail(name: str, called: str | None = None) -> ContactPoint:
    return ContactPoint(kind=ContactKind.EMAIL, value=f"{name}@example.com", name=called)


def fact(
    *contacts: ContactPoint,
    at: datetime = NOW,
    source: NameSource = NameSource.MESSAGE,
    visited: bool = False,
) -> Fact:
    return Fact(uuid4(), at, contacts, source, visited)


def told(*facts: Fact, now: datetime = NOW) -> tuple[Book, list[Change]]:
    book, changes = Book(next_number=1), []
    for one in facts:
        book, found = tell(book, one, now)
        changes += found
    return book, changes


def living(book: Book) -> list[Customer]:
    return [c for c in book.customers.values() if c.merged_into is None]


def test_a_new_contact_point_is_a_new_customer() -> None:
    book, changes = told(fact(mail("ann", "Ann")))
    (customer,) = living(book)
    assert changes == [
        Created(customer.id, NOW),
        Linked(customer.id, mail("ann")),
        Renamed(customer.id, "Ann", NameSource.MESSAGE, NOW),
    ]
    assert (customer.number, customer.name, customer.segment) == (1, "Ann", Segment.UNKNOWN)


def test_the_same_contact_point_is_the_same_customer() -> None:
    book, changes = told(fact(mail("ann")), fact(mail("ann")))
    assert len(living(book)) == 1
    assert len(changes) == 2


def test_a_fact_about_two_customers_makes_them_one_and_the_older_stays() -> None:
    book, changes = told(
        fact(mail("ann", "Ann")),
        fact(mail("private"), at=NOW - timedelta(days=9), visited=True),
        fact(mail("private"), mail("ann"), mail("third")),
    )
    ann, private = (next(c for c in book.customers.values() if c.number == n) for n in (1, 2))
    assert Merged(ann.id, private.id) in changes
    assert private.merged_into == ann.id
    assert [c.value for c in ann.contacts] == ["ann@example.com", "private@example.com", "third@example.com"]
    assert (ann.name, ann.visits, ann.last_visit) == ("Ann", 1, NOW - timedelta(days=9))
    assert (ann.first_seen, ann.segment) == (NOW - timedelta(days=9), Segment.LOW_RISK)


def test_the_best_known_name_wins_whatever_the_order() -> None:
    shop = fact(mail("ann", "NOWAK A."), source=NameSource.SHOP, at=NOW)
    older = fact(mail("ann", "Anna"), at=NOW - timedelta(days=2))
    newer = fact(mail("ann", "Ann"), at=NOW - timedelta(days=1))
    for order in ((shop, older, newer), (newer, older, shop), (older, shop, newer)):
        assert living(told(*order)[0])[0].name == "Ann"
    assert living(told(shop)[0])[0].name == "NOWAK A."


def test_visits_count_and_move_the_segment() -> None:
    book, changes = told(
        fact(mail("ann"), at=NOW - timedelta(days=40), visited=True),
        fact(mail("ann"), at=NOW - timedelta(days=1), visited=True),
        fact(mail("ann"), at=NOW - timedelta(days=50), visited=True),
    )
    (customer,) = living(book)
    assert (customer.visits, customer.last_visit) == (3, NOW - timedelta(days=1))
    assert customer.first_seen == NOW - timedelta(days=50)
    moves = [(c.previous, c.segment) for c in changes if isinstance(c, SegmentMoved)]
    assert moves == [(Segment.UNKNOWN, Segment.HIGH_RISK), (Segment.HIGH_RISK, Segment.ACTIVE)]


NAMES = st.sampled_from("abcdefgh")
GROUPS = st.lists(st.lists(NAMES, min_size=1, max_size=3, unique=True), max_size=15)


def components(groups: Iterable[list[str]]) -> set[frozenset[str]]:
    """Names that groups connect."""
    found: list[set[str]] = []
    for group in groups:
        touching = [f for f in found if f & set(group)]
        found = [f for f in found if f not in touching] + [set(group).union(*touching)]
    return {frozenset(f) for f in found}


@given(GROUPS)
def test_customers_are_the_connected_contact_points_in_any_order(groups: list[list[str]]) -> None:
    book, changes = told(*(fact(*map(mail, g), visited=True) for g in groups))
    found = {frozenset(c.value[0] for c in customer.contacts) for customer in living(book)}
    assert found == components(groups)
    assert sum(c.visits for c in living(book)) == len(groups)
    for customer in living(book):
        assert all(book.owners[c.key] == customer.id for c in customer.contacts)
    for merge in (c for c in changes if isinstance(c, Merged)):
        assert book.customers[merge.customer_id].number < book.customers[merge.merged_id].number


@given(GROUPS)
def test_the_changes_alone_rebuild_the_book(groups: list[list[str]]) -> None:
    book, changes = told(*(fact(*map(mail, g), visited=True) for g in groups))
    rebuilt = Book(next_number=1)
    for change in changes:
        rebuilt = evolve(rebuilt, change)
    assert rebuilt == book


def event(payload: Payload) -> Event:
    return Event(envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=NOW, recorded_at=NOW), payload)


def opened(automatic: Automatic | None) -> Event:
    return event(
        ConversationOpened(
            conversation_id=UUID(int=1),
            sequence=1,
            number=7,
            channel=Channel.EMAIL,
            account="help@shop.example",
            contact=mail("mailer-daemon"),
            automatic=automatic,
        )
    )


def test_a_machine_is_no_customer() -> None:
    assert all(fact_of(opened(kind)) is None for kind in Automatic)
    assert fact_of(opened(None)) is not None
    bounce = CustomerMessageReceived(
        conversation_id=UUID(int=1),
        sequence=2,
        message_id=UUID(int=2),
        channel=Channel.EMAIL,
        account="help@shop.example",
        sender=mail("mailer-daemon"),
        automatic=Automatic.BOUNCE,
        external_id="x",
    )
    assert fact_of(event(bounce)) is None


def test_one_spelling_for_every_contact_point() -> None:
    spelt = normal(ContactPoint(kind=ContactKind.EMAIL, value=" Ann@Example.com", name="ann@example.com"))
    assert (spelt.key, spelt.name) == ("email:ann@example.com", None)
    assert normal(ContactPoint(kind=ContactKind.PHONE, value="48 600-100-200")).key == "phone:+48600100200"
    assert normal(ContactPoint(kind=ContactKind.PHONE, value="anonymous")).key == "phone:anonymous"


def test_what_the_world_learns_of_a_merge() -> None:
    book, _ = told(fact(mail("ann", "Ann")), fact(mail("private")))
    both = fact(mail("ann"), mail("private"), visited=True)
    book, changes = tell(book, both, NOW)
    (customer,) = living(book)
    merged = next(c.merged_id for c in changes if isinstance(c, Merged))
    assert announcements(book, changes) == [
        CustomersMerged(customer_id=customer.id, merged_id=merged),
        CustomerIdentified(customer_id=customer.id, name="Ann", contacts=customer.contacts),
        SegmentChanged(customer_id=customer.id, segment=Segment.ACTIVE, previous=Segment.UNKNOWN),
    ]
    assert any(isinstance(c, Visited) for c in changes)
