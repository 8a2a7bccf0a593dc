"""Who is who: contact points belong to customers, and a fact about several contact points joins their customers.

`tell` is decide and evolve in one: a fact and the book of people give the changes and the book after them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from nitka.customer_profile.domain.facts import Fact, NameSource
from nitka.customer_profile.domain.figures import segment
from nitka.events import ContactPoint, Segment, derived_id


@dataclass(frozen=True, slots=True)
class Customer:
    """One person. `number` counts customers in the order in which they became known: of two, the lower is older.

    `segment` is the one announced last. `merged_into` is set for a customer who turned out to be another one.
    """

    id: UUID
    number: int
    first_seen: datetime
    contacts: tuple[ContactPoint, ...] = ()
    name: str | None = None
    name_source: NameSource = NameSource.NONE
    name_at: datetime | None = None
    visits: int = 0
    last_visit: datetime | None = None
    segment: Segment = Segment.UNKNOWN
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """The people that a batch of facts can be about. `owners`: contact point's key → customer."""

    next_number: int
    customers: Mapping[UUID, Customer] = field(default_factory=dict)
    owners: Mapping[str, UUID] = field(default_factory=dict)

    def with_customer(self, customer: Customer) -> Book:
        return replace(self, customers={**self.customers, customer.id: customer})


@dataclass(frozen=True, slots=True)
class Created:
    customer_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Linked:
    """A contact point that nobody had belongs to this customer."""

    customer_id: UUID
    contact: ContactPoint


@dataclass(frozen=True, slots=True)
class Merged:
    """`merged_id` is the same person as `customer_id`, the older one, who stays."""

    customer_id: UUID
    merged_id: UUID


@dataclass(frozen=True, slots=True)
class Renamed:
    customer_id: UUID
    name: str
    source: NameSource
    at: datetime


@dataclass(frozen=True, slots=True)
class Visited:
    customer_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SegmentMoved:
    customer_id: UUID
    segment: Segment
    previous: Segment


Change: TypeAlias = Created | Linked | Merged | Renamed | Visited | SegmentMoved


def tell(book: Book, fact: Fact, now: datetime) -> tuple[Book, tuple[Change, ...]]:
    """What a fact changes. Afterwards all its contact points belong to one customer."""
    changes: list[Change] = []
    for decide in (_identify, _name, _visit, _segment):
        for change in decide(book, fact, now):
            book = evolve(book, change)
            changes.append(change)
    return book, tuple(changes)


def passed(customer: Customer, now: datetime) -> SegmentMoved | None:
    """What the passing of time alone changed."""
    current = segment(customer.last_visit, now)
    return None if current is customer.segment else SegmentMoved(customer.id, current, customer.segment)


def _identify(book: Book, fact: Fact, _: datetime) -> list[Change]:
    known = {book.owners[c.key] for c in fact.contacts if c.key in book.owners}
    keeper, *others = sorted(known, key=lambda i: book.customers[i].number) or [
        derived_id("customer", str(fact.event_id))
    ]
    created = [] if known else [Created(keeper, fact.at)]
    # A name belongs to the person; on the contact point it would go stale.
    nameless = [c.model_copy(update={"name": None}) for c in fact.contacts]
    new = [Linked(keeper, c) for c in nameless if c.key not in book.owners]
    return [*created, *(Merged(keeper, other) for other in others), *new]


def _name(book: Book, fact: Fact, _: datetime) -> list[Change]:
    customer = _subject(book, fact)
    name = next((c.name for c in fact.contacts if c.name), None)
    if name is None or _credit(fact.source, fact.at) < _credit(customer.name_source, customer.name_at):
        return []
    same = (customer.name, customer.name_source) == (name, fact.source)
    return [] if same else [Renamed(customer.id, name, fact.source, fact.at)]


def _visit(book: Book, fact: Fact, _: datetime) -> list[Change]:
    return [Visited(_subject(book, fact).id, fact.at)] if fact.visited else []


def _segment(book: Book, fact: Fact, now: datetime) -> list[Change]:
    moved = passed(_subject(book, fact), now)
    return [moved] if moved else []


def _subject(book: Book, fact: Fact) -> Customer:
    return book.customers[book.owners[fact.contacts[0].key]]


def _credit(source: NameSource, at: datetime | None) -> tuple[NameSource, float]:
    """How far a name is believed: by its source, then the newer."""
    return source, at.timestamp() if at else 0.0


def evolve(book: Book, change: Change) -> Book:
    """The book after a change."""
    match change:
        case Created(customer_id, at):
            customer = Customer(customer_id, book.next_number, at)
            return replace(book.with_customer(customer), next_number=book.next_number + 1)
        case Linked(customer_id, contact):
            customer = book.customers[customer_id]
            grown = book.with_customer(replace(customer, contacts=(*customer.contacts, contact)))
            return replace(grown, owners={**grown.owners, contact.key: customer_id})
        case Merged(customer_id, merged_id):
            return _merge(book, book.customers[customer_id], book.customers[merged_id])
        case Renamed(customer_id, name, source, at):
            customer = book.customers[customer_id]
            return book.with_customer(replace(customer, name=name, name_source=source, name_at=at))
        case Visited(customer_id, at):
            customer = book.customers[customer_id]
            last, first = max(customer.last_visit or at, at), min(customer.first_seen, at)
            seen = replace(customer, visits=customer.visits + 1, last_visit=last, first_seen=first)
            return book.with_customer(seen)
        case SegmentMoved(customer_id, current, _):
            return book.with_customer(replace(book.customers[customer_id], segment=current))


def _merge(book: Book, kept: Customer, merged: Customer) -> Book:
    named = max((kept, merged), key=lambda c: _credit(c.name_source, c.name_at))
    visits = [v for v in (kept.last_visit, merged.last_visit) if v]
    both = replace(
        kept,
        first_seen=min(kept.first_seen, merged.first_seen),
        contacts=(*kept.contacts, *merged.contacts),
        name=named.name,
        name_source=named.name_source,
        name_at=named.name_at,
        visits=kept.visits + merged.visits,
        last_visit=max(visits, default=None),
    )
    gone = replace(merged, contacts=(), merged_into=kept.id)
    moved = {c.key: kept.id for c in merged.contacts}
    return replace(book.with_customer(both).with_customer(gone), owners={**book.owners, **moved})
