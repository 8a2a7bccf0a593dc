"""A shop's two years in the inbox: a million conversations, written straight into the tables by COPY.

The same seed makes the same data. Memory stays bounded: a chunk is made, copied and forgotten.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import psycopg
from eventsourcing.persistence import StoredEvent

from nitka.conversation import projections
from nitka.conversation.domain import Conversation
from nitka.conversation.domain import events as e
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.mapping import Meta, Recorded
from nitka.events import SYSTEM, Actor, ActorKind, Channel, ConversationStatus, DeliveryState
from nitka.events.conversation import AssignReason, Priority
from nitka.runtime.words import address_words, vector, words

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
YEARS = timedelta(days=730)
AGENTS = tuple(f"agent-{n:02}" for n in range(40))
ACCOUNTS = (
    (Channel.EMAIL, "support@shop.example", 60),
    (Channel.EMAIL, "sklep@moda.example", 30),
    (Channel.WHATSAPP, "48500600700", 10),
)
"""Channel, account, weight. The last two belong to the store Moda."""

# The rarest last.
LABELS = "delivery return refund size invoice complaint payment voucher b2b press legal recall".split()
LABEL_WEIGHTS = [1 / (n + 1) ** 2.2 for n in range(len(LABELS))]
LONG, LONG_MESSAGES = 50, 500
"""Conversations with so many messages, with their events."""

CHUNK = 5000
_NAMESPACE = UUID("0d3f3c86-2c1e-4b52-9d39-3f9a6c4b8f11")
_FIRST = (
    "Anna Katarzyna Małgorzata Agnieszka Łukasz Paweł Michał Wojciech Zofia Grażyna João Maria Antônio Luís Inês "
    "Conceição Gonçalo Fátima Tiago Beatriz Ayşe Mehmet İbrahim Çağla Şükrü Gülşen Özge Işıl Emre Zeynep Emily "
    "James Olivia Harry Charlotte Oliver Grace William Sophie Thomas"
).split()
_LAST = (
    "Nowak Kowalska Wiśniewski Wójcik Kowalczyk Kamińska Lewandowski Zieliński Szymańska Woźniak Dąbrowski "
    "Kozłowska Jankowski Mazur Krawczyk Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes "
    "Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Özdemir Arslan Smith Jones Taylor Brown Williams Wilson "
    "Johnson Davies Patel Wright Walker White Edwards Green Hughes"
).split()
_COMMON = (
    "hello the my order is not here and please i it you when parcel delivery thank dzień dobry proszę zamówienie "
    "paczka nie jest w sprawie zwrot pieniędzy kiedy dostanę olá pedido não chegou quando obrigado entrega por "
    "favor merhaba siparişim gelmedi ne zaman teşekkürler kargo iade lütfen size colour blue scarf refund invoice"
).split()
_SYLLABLES = "ka lo mi ra to ne si pu wa ze gro dla prze cza szy ção nho lha ğı şe ön çi the ing ver con ter est"
_TABLES = ("contact", "contact_search", "conversation", "message", "message_search", "read_mark", "stored_events")


def load(dsn: str, conversations: int) -> None:
    """Fill the empty tables of the conversation service, two processes side by side; indexes are built last."""
    indexes = _drop_indexes(dsn)
    with ProcessPoolExecutor(2) as processes:
        list(processes.map(partial(_load_part, dsn, conversations), range(2), range(2)))
    for index in indexes:
        _execute(dsn, "SET maintenance_work_mem = '256MB'", index)
    position = "(SELECT coalesce(max(notification_id), 0) FROM conversation.stored_events)"
    _execute(
        dsn,
        f"SELECT setval('conversation.conversation_number', {conversations})",
        f"INSERT INTO conversation.relay VALUES ('public', {position}), ('search', {position})",
        "INSERT INTO conversation.inbox_setting (account, body) VALUES "
        "('sklep@moda.example', '{\"store\": \"Moda\"}'), ('48500600700', '{\"store\": \"Moda\"}')",
        *(f"VACUUM (ANALYZE) conversation.{table}" for table in _TABLES),
    )


def _drop_indexes(dsn: str) -> list[str]:
    """Drop the indexes that COPY would have to feed; returns the statements that bring them back."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'conversation'::regnamespace "
            "AND c.relname = ANY(%s) AND NOT indisunique",
            (list(_TABLES),),
        ).fetchall()
        for name, _ in found:
            connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in found]


def _execute(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _load_part(dsn: str, conversations: int, first: int, seed: int) -> None:
    """Every second conversation and contact, from `first` on."""
    people = conversations * 3 // 10
    # Foreign keys are looked at row by row otherwise.
    options = "-c search_path=conversation -c session_replication_role=replica"
    with psycopg.connect(dsn, options=options) as connection:
        numbers = range(first, people, 2)
        _copy(connection, "contact", "id, kind, value, name, customer_id", (person(n).row for n in numbers))
        _copy(connection, "contact_search", "id, words", ((p.id, vector(p.words)) for p in map(person, numbers)))
        connection.commit()
        maker = Maker(seed, conversations, people)
        for start in range(first, conversations, 2 * CHUNK):
            maker.make(range(start, min(start + 2 * CHUNK, conversations), 2))
            maker.write(connection)
            connection.commit()


def _copy(
    connection: psycopg.Connection[Any],
    table: str,
    columns: str,
    rows: Iterable[Sequence[object]],
    types: Sequence[str] = (),
) -> None:
    statement = f"COPY {table} ({columns}) FROM STDIN{' (FORMAT BINARY)' if types else ''}"
    with connection.cursor().copy(statement.encode()) as copy:
        if types:
            copy.set_types(types)
        for row in rows:
            copy.write_row(row)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact point."""

    id: UUID
    kind: str
    value: str
    name: str
    customer_id: UUID

    @property
    def row(self) -> tuple[object, ...]:
        return self.id, self.kind, self.value, self.name, self.customer_id

    @property
    def words(self) -> list[str]:
        """What they are found by."""
        return [*words(self.name), *address_words(self.value)]


def person(number: int) -> Person:
    """The contact point with this number. Every tenth is a phone, half of them beside an e-mail address."""
    name = f"{_FIRST[number % 40]} {_LAST[number // 40 % 50]}"
    if number % 10 == 7:
        kind, value = "phone", f"+48{600_000_000 + number * 331 % 99_999_989}"
    else:
        host = "mail" if number % 3 else "poczta"
        kind, value = "email", f"{'.'.join(words(name))}{number // 2000 or ''}@{host}.example"
    customer = uuid5(_NAMESPACE, f"customer{number - (number % 20 == 7)}")
    return Person(uuid5(_NAMESPACE, f"contact{number}"), kind, value, name, customer)


class Maker:
    """Makes conversations, a chunk at a time."""

    def __init__(self, seed: int, conversations: int, people: int) -> None:
        self._random, self._conversations, self._people = random.Random(seed), conversations, people
        self._words = vocabulary(random.Random(1))
        self._rows: list[tuple[object, ...]] = []
        self._messages: list[tuple[object, ...]] = []
        self._search: list[tuple[object, ...]] = []
        self._marks: list[tuple[object, ...]] = []
        self._events: list[StoredEvent] = []

    def make(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._conversation(number)

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Copy what was made, and forget it."""
        _copy(connection, "conversation", projections.COLUMNS, self._rows, projections.TYPES)
        _copy(connection, "message", contents.COLUMNS, self._messages, contents.TYPES)
        _copy(connection, "message_search", "id, conversation_id, words", self._search)
        _copy(connection, "read_mark", "agent_id, conversation_id, seen, unread", self._marks)
        events = ((s.originator_id, s.originator_version, s.topic, s.state) for s in self._events)
        columns = "originator_id, originator_version, topic, state"
        _copy(connection, "stored_events", columns, events, ("uuid", "int8", "text", "bytea"))
        for made in (self._rows, self._messages, self._search, self._marks, self._events):
            made.clear()

    def _conversation(self, number: int) -> None:
        draw, share = self._random, number / self._conversations
        # The shop grows: the second year brings twice as many.
        opened = NOW - YEARS * (1 - share**0.7) - timedelta(seconds=draw.random() * 600)
        every = self._conversations // LONG
        long = number % every == every - 1
        channel, account, _ = draw.choices(ACCOUNTS, [weight for *_, weight in ACCOUNTS])[0]
        channel, account = (Channel.EMAIL, ACCOUNTS[0][1]) if long else (channel, account)
        # A tenth of the people write a third of the messages.
        who = person(draw.randrange(self._people // (10 if draw.random() < 0.3 else 1)))
        status = self._status(share)
        conversation_id = self._uuid()
        count = LONG_MESSAGES if long else min(1 + int(draw.expovariate(0.6)), 40)
        messages = list(self._thread(conversation_id, channel, account, who, opened, count, long))
        state = self._state(number, channel, account, status, who, opened, messages)
        row = projections.Row(
            who.id, messages[0].subject, projections.preview(messages[-1].text), count, 0, messages[-1].at
        )
        self._rows.append(projections.values(conversation_id, state, row))
        self._messages += map(contents.values, messages)
        if state.assignee:
            unseen = status is ConversationStatus.OPEN and draw.random() < 0.3
            seen = state.inbound - 1 if unseen else state.version
            self._marks.append((state.assignee, conversation_id, seen, draw.random() < 0.0005))
        if long:
            self._events += history(conversation_id, state, messages)

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _status(self, share: float) -> ConversationStatus:
        """Of a million 25,000 are open and 5,000 snoozed, nearly all of the last weeks; old ones are archived."""
        chance, recent = self._random.random(), share > 0.97
        if chance < (0.75 if recent else 0.0026):
            return ConversationStatus.OPEN
        if chance < (0.9 if recent else 0.0031):
            return ConversationStatus.SNOOZED
        return ConversationStatus.ARCHIVED if share < 0.5 and chance > 0.7 else ConversationStatus.CLOSED

    def _state(
        self,
        number: int,
        channel: Channel,
        account: str,
        status: ConversationStatus,
        who: Person,
        opened: datetime,
        messages: Sequence[Content],
    ) -> Conversation:
        draw = self._random
        unassigned = status is ConversationStatus.OPEN and draw.random() < 0.3
        waits = status is ConversationStatus.OPEN and messages[-1].kind is Kind.INBOUND
        rated = status is ConversationStatus.CLOSED and draw.random() < 0.12
        snoozed = status is ConversationStatus.SNOOZED
        at_work = snoozed or status is ConversationStatus.OPEN
        return Conversation.model_construct(
            number=number + 1,
            channel=channel,
            account=account,
            status=status,
            automatic=False,
            opened_at=opened,
            version=messages[-1].sequence + 2,
            contacts=frozenset((who.id,)),
            messages=tuple(m.id for m in messages),
            customer_id=who.customer_id,
            assignee=None if unassigned else draw.choice(AGENTS),
            labels=frozenset(draw.choices(LABELS, LABEL_WEIGHTS, k=draw.choice((0, 0, 1, 1, 1, 2, 3)))),
            waiting_since=messages[-1].at if waits else None,
            snoozed_until=NOW + timedelta(days=draw.randrange(1, 60)) if snoozed else None,
            rating=draw.choices((1, 2, 3, 4, 5), (5, 4, 8, 23, 60))[0] if rated else None,
            followers=frozenset(draw.sample(AGENTS, 2)) if draw.random() < 0.02 else frozenset(),
            mentioned=frozenset(draw.sample(AGENTS, 1)) if draw.random() < 0.02 else frozenset(),
            priority=draw.choices(list(Priority), (1, 95, 3, 1))[0],
            inbound=max(m.sequence for m in messages if m.kind is Kind.INBOUND),
            lost=frozenset({messages[-1].id}) if at_work and draw.random() < 0.01 else frozenset(),
        )

    def _thread(
        self,
        conversation_id: UUID,
        channel: Channel,
        account: str,
        who: Person,
        at: datetime,
        count: int,
        long: bool,
    ) -> Iterator[Content]:
        draw = self._random
        subject = self._text(3, 7) if channel is Channel.EMAIL else None
        for n in range(count):
            inbound = n % 2 == 0 or draw.random() < 0.3
            text = self._text(5, 60)
            found = Content(
                id=self._uuid(),
                conversation_id=conversation_id,
                sequence=2 + n * 3,
                kind=Kind.INBOUND if inbound else Kind.OUTBOUND,
                at=min(at, NOW),
                channel=channel.value,
                account=account,
                contact_id=who.id if inbound else None,
                agent_id=None if inbound else draw.choice(AGENTS),
                subject=subject,
                text=text,
                html=html(text) if long and inbound else None,
                external_id=f"{draw.getrandbits(64):x}@mail.example",
                delivery=None if inbound else "sent",
            )
            said = [*words(text), *words(subject or ""), *(who.words if inbound else ())]
            self._search.append((found.id, conversation_id, vector(said)))
            yield found
            at += timedelta(seconds=draw.expovariate(1 / 20_000))

    def _text(self, least: int, most: int) -> str:
        length = self._random.randint(least, most)
        start = self._random.randrange(len(self._words) - length)
        return " ".join(self._words[start : start + length])


def vocabulary(draw: random.Random) -> list[str]:
    """A long run of words, the common ones often (Zipf), of some 40,000 different ones."""
    rare = sorted({"".join(draw.choices(_SYLLABLES.split(), k=draw.choice((2, 3, 3, 4)))) for _ in range(45_000)})
    draw.shuffle(rare)
    known = [*_COMMON, *rare]
    weights = list(itertools.accumulate(1 / (n + 3) for n in range(len(known))))
    return draw.choices(known, cum_weights=weights, k=1_000_000)


def html(text: str) -> str:
    """A mail program's HTML of some 8 kB around a text: layout tables, styles, links, a quoted mail."""
    style = "margin:0;padding:4px;font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px"
    cells = (
        f'<td style="{style}"><a href="https://shop.example/p/{n}">{n}</a></td><td style="{style}">x</td>'
        for n in range(20)
    )
    rows = "".join(f"<tr>{cell}</tr>" for cell in cells)
    said = f'<div dir="ltr"><p style="{style}">{text}</p><table width="100%" cellpadding="0">{rows}</table></div>'
    quote = f'<blockquote style="border-left:1px solid #ccc">{f"<p>{text}</p>" * 3}</blockquote>'
    return f"<html><head><style>p{{color:red}}</style></head><body>{said}<div>Monday:{quote}</div></body></html>"


def history(conversation_id: UUID, state: Conversation, messages: Sequence[Content]) -> list[StoredEvent]:
    """The events of a conversation: three for each message, where something happened between them."""
    agent = Actor(kind=ActorKind.AGENT, id=AGENTS[0])
    customer = Actor(kind=ActorKind.CUSTOMER, id=str(messages[0].contact_id))
    events: list[e.DomainEvent] = [
        e.Opened(
            at=messages[0].at,
            actor=customer,
            number=state.number,
            channel=state.channel,
            account=state.account,
            contact_id=messages[0].contact_id or UUID(int=0),
            status=ConversationStatus.OPEN,
        )
    ]
    for n, message in enumerate(messages):
        at = message.at
        if message.kind is Kind.INBOUND:
            contact = message.contact_id or UUID(int=0)
            events += [
                e.MessageReceived(at=at, actor=customer, message_id=message.id, contact_id=contact),
                e.Assigned(at=at, actor=agent, assignee=AGENTS[n % 40], reason=AssignReason.MANUAL),
                e.LabelAdded(at=at, actor=agent, label=LABELS[n % 12]),
            ]
        else:
            events += [
                e.Replied(at=at, actor=agent, message_id=message.id, first_response=False),
                e.DeliveryChanged(at=at, actor=SYSTEM, message_id=message.id, state=DeliveryState.SENT),
                e.DeliveryChanged(at=at, actor=SYSTEM, message_id=message.id, state=DeliveryState.DELIVERED),
            ]
    meta = Meta(causation_id=conversation_id, correlation_id=conversation_id)
    return [mapping.to_stored(Recorded(conversation_id, n, event, meta)) for n, event in enumerate(events, 1)]
