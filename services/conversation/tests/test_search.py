"""The list on a real database: every filter, every order, every kind of search, and pages that lose nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from nitka.api.commands import StartConversation
from nitka.api.conversations import Sort
from nitka.conversation.domain.commands import Archive, Assign, Close
from nitka.conversation.handlers import command, joining, receive, writing
from nitka.conversation.store import search_index
from nitka.conversation.store.personal import Personal
from nitka.conversation.store.queries import BadCursor, Filter, Queries, lists, search
from nitka.conversation.store.schema import SCHEMA, migrate
from nitka.events import (
    SYSTEM,
    Channel,
    ContactKind,
    ContactPoint,
    ConversationStatus,
    MessageReceived,
    ThreadRefs,
    envelope,
)
from nitka.events.conversation import Priority
from nitka.runtime import postgres

pytestmark = pytest.mark.stack

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP, SKLEP = "support@shop.example", "sklep@moda.example"
ME = "ola"


class Inbox:
    """Customers write, and somebody looks for it."""

    def __init__(self, story: Any, dsn: str, pool: AsyncConnectionPool) -> None:
        self.story, self.dsn, self.queries = story, dsn, Queries(pool)
        self._minutes = itertools.count()

    def write(self, subject: str, text: str = "Hello", **more: Any) -> UUID:
        """A message comes in; its conversation. `subject` names it in what the tests find."""
        kind, value = more.get("sender", ("email", f"{uuid4().hex}@example.com"))
        external_id = f"{uuid4().hex}@example.com"
        answers = more.get("answers")
        payload = MessageReceived(
            channel=more.get("channel", Channel.EMAIL),
            account=more.get("account", SHOP),
            external_id=external_id,
            thread=ThreadRefs(
                external_thread=answers or external_id,
                message_id=external_id,
                in_reply_to=(answers,) if answers else (),
            ),
            sender=ContactPoint(kind=ContactKind(kind), value=value, name=more.get("name")),
            cc=tuple(ContactPoint(kind=ContactKind.EMAIL, value=v, name=n) for v, n in more.get("cc", ())),
            subject=subject,
            text=text,
        )
        at = NOON + timedelta(minutes=next(self._minutes))
        wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=at)
        receive.receive(self.story.log, self.story.key, [(wrapped, payload)])
        found: UUID = self.story.place(wrapped.event_id)
        return found

    def set(self, conversation_id: UUID, **columns: Any) -> None:
        """Change the list's row."""
        with psycopg.connect(self.dsn) as connection:
            for name, value in columns.items():
                statement = f"UPDATE conversation.conversation SET {name} = %s WHERE id = %s"
                connection.execute(statement.encode(), (value, conversation_id))

    async def index(self) -> None:
        """Let the search index follow the log to its end."""
        async with await psycopg.AsyncConnection.connect(
            self.dsn, row_factory=dict_row, options=f"-c search_path={SCHEMA}"
        ) as connection:
            await connection.execute("INSERT INTO relay VALUES ('search', 0) ON CONFLICT DO NOTHING")
            while await search_index.step(connection):
                pass

    async def subjects(self, sort: Sort = Sort.NEWEST, **wanted: Any) -> list[str]:
        """What the list shows."""
        return [row["subject"] for row in await self.all(sort, 2, **wanted)]

    async def all(self, sort: Sort, limit: int, **wanted: Any) -> list[dict[str, Any]]:
        """All pages, one behind the other."""
        found, cursor = [], None
        while True:
            rows, cursor = await self.queries.page(Filter(me=ME, **wanted), sort, cursor, limit)
            assert len(rows) <= limit
            found += rows
            if cursor is None:
                return found


@pytest.fixture
async def inbox(story: Any, postgres_dsn: str) -> AsyncIterator[Inbox]:
    async with postgres.pool(postgres_dsn, SCHEMA) as pool:
        yield Inbox(story, postgres_dsn, pool)


async def test_every_filter_alone_and_together(inbox: Inbox) -> None:
    ids = {name: inbox.write(name) for name in ("a", "b", "c", "d")}
    customer = uuid4()
    inbox.set(ids["a"], status="closed", rating=5, labels=["return", "size"], customer_id=customer)
    inbox.set(ids["b"], assignee=ME, labels=["return"], priority=3, followers=["jan"])
    inbox.set(ids["c"], channel="whatsapp", account="48500", followers=[ME, "jan"])
    inbox.set(ids["d"], account=SKLEP, rating=2, status="snoozed", undelivered=True)
    with psycopg.connect(inbox.dsn) as connection:
        connection.execute(
            'INSERT INTO conversation.inbox_setting (account, body) VALUES (%s, \'{"store": "Moda"}\'), '
            "('48500', '{\"store\": \"Moda\"}') "
            "ON CONFLICT (account) DO UPDATE SET body = excluded.body",
            (SKLEP,),
        )
    for wanted, found in [
        ({}, "dcba"),
        ({"status": ConversationStatus.OPEN}, "cb"),
        ({"assignee": ME}, "b"),
        ({"assignee": "none"}, "dca"),
        ({"labels": ["return"]}, "ba"),
        ({"labels": ["return", "size"]}, "a"),
        ({"channels": ["whatsapp"]}, "c"),
        ({"channels": ["whatsapp", "email"]}, "dcba"),
        ({"accounts": [SKLEP, "48500"]}, "dc"),
        ({"store": "Moda"}, "dc"),
        ({"store": "Other"}, ""),
        ({"ratings": [5]}, "a"),
        ({"ratings": [1, 2, 5]}, "da"),
        ({"ratings": [2, 5], "status": ConversationStatus.CLOSED}, "a"),
        ({"customers": [customer, uuid4()]}, "a"),
        ({"priority": Priority.URGENT}, "b"),
        ({"priority": Priority.NORMAL}, "dca"),
        ({"followed": True}, "c"),
        ({"undelivered": True}, "d"),
        ({"undelivered": True, "status": ConversationStatus.OPEN}, ""),
        ({"labels": ["return"], "status": ConversationStatus.OPEN, "assignee": ME}, "b"),
        ({"labels": ["return"], "status": ConversationStatus.OPEN, "assignee": "none"}, ""),
    ]:
        assert await inbox.subjects(**wanted) == list(found), wanted
        assert await inbox.subjects(Sort.OLDEST, **wanted) == list(reversed(found)), wanted


async def test_unread_is_what_concerns_me_and_what_i_marked(inbox: Inbox) -> None:
    ids = {name: inbox.write(name) for name in ("nobody's", "mine", "followed", "hers", "seen", "marked", "done")}
    for name in ("hers", "followed", "marked"):
        inbox.set(ids[name], assignee="ewa")
    inbox.set(ids["mine"], assignee=ME, status="snoozed")
    inbox.set(ids["followed"], followers=[ME])
    inbox.set(ids["marked"], status="closed")
    inbox.set(ids["done"], status="closed")
    with psycopg.connect(inbox.dsn) as connection:
        connection.execute(
            "INSERT INTO conversation.read_mark (agent_id, conversation_id, seen, unread) "
            "VALUES (%(me)s, %(seen)s, 99, false), (%(me)s, %(marked)s, 99, true), ('ewa', %(hers)s, 0, true)",
            {"me": ME, **{name: ids[name] for name in ("seen", "marked", "hers")}},
        )
    assert await inbox.subjects(unread=True) == ["marked", "followed", "mine", "nobody's"]
    assert await inbox.subjects(Sort.WAITING, unread=True, status=ConversationStatus.OPEN) == [
        "nobody's",
        "followed",
    ]
    assert await inbox.subjects(unread=True, status=ConversationStatus.CLOSED) == ["marked"]
    rows = await inbox.all(Sort.NEWEST, 50)
    assert {r["subject"] for r in rows if r["unread"]} == {"marked", "followed", "mine", "nobody's"}
    assert (await inbox.queries.counts(ME))["unread"] == 4


@pytest.mark.parametrize("then", [(), (Close(),)])
async def test_whom_a_note_calls_follows_and_has_it_unread_until_they_have_seen_it(
    inbox: Inbox, then: Sequence[Close]
) -> None:
    place = inbox.write("called")
    command.carry_out(inbox.story.log, inbox.story.request(place, agent="ewa"), Assign("ewa"), *then)
    assert await inbox.subjects(unread=True) == []
    command.add_note(inbox.story.log, inbox.story.request(place, agent="ewa"), "Please look", (ME, "ewa", ME))
    assert await inbox.subjects(unread=True) == await inbox.subjects(followed=True) == ["called"]
    assert (await inbox.queries.counts(ME))["unread"] == 1
    marks = inbox.story.rows("SELECT agent_id FROM conversation.read_mark WHERE unread")
    assert [mark["agent_id"] for mark in marks] == [ME], "whoever writes a note has seen it"
    assert inbox.story.state(place).followers == {ME}
    async with postgres.pool(inbox.dsn, SCHEMA) as pool:
        await Personal(pool).mark_read(ME, place, inbox.story.state(place).version)
    assert await inbox.subjects(unread=True) == []


async def test_figures(inbox: Inbox) -> None:
    ids = [inbox.write(str(n)) for n in range(6)]
    inbox.set(ids[0], status="closed", labels=["old"])
    inbox.set(ids[1], status="archived")
    inbox.set(ids[2], status="snoozed", labels=["return"])
    inbox.set(ids[3], assignee=ME, labels=["return", "size"])
    inbox.set(ids[4], followers=[ME], account=SKLEP)
    inbox.set(ids[5], merged_into=ids[4])
    counts = await inbox.queries.counts(ME)
    assert counts == {
        **{"open": 2, "mine": 1, "unassigned": 1, "followed": 1, "snoozed": 1, "closed": 1, "archived": 1},
        "unread": 3,
    }
    labels = {row["name"]: row["conversations"] for row in await inbox.queries.labels()}
    assert {name: count for name, count in labels.items() if count} == {"return": 2, "size": 1}
    inboxes = [(r["channel"], r["account"], r["conversations"]) for r in await inbox.queries.inboxes()]
    assert inboxes == [("email", SKLEP, 1), ("email", SHOP, 1)]


async def test_figures_stop_at_the_cap(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from nitka.conversation.store.queries import figures

    monkeypatch.setattr(figures, "CAP", 2)
    for n in range(4):
        inbox.write(str(n))
    assert (await inbox.queries.counts(ME))["open"] == 2


async def test_search_finds_people_as_they_are_typed(inbox: Inbox) -> None:
    inbox.write("łucja", name="Łucja Żółkiewska", sender=("email", "l.zolkiewska@poczta.example"))
    inbox.write("isik", name="İbrahim IŞIK", sender=("email", "ibrahim@posta.example"))
    inbox.write("joao", name="João Conceição", sender=("phone", "+5511987654321"), channel=Channel.WHATSAPP)
    inbox.write("copied", cc=[("boss@firm.example", "Grażyna Szefowa")])
    await inbox.index()
    for q, found in [
        ("łuc", ["łucja"]), ("LUCJA zol", ["łucja"]), ("żółk", ["łucja"]), ("zolkiewska lucja", ["łucja"]),
        ("l.zolk", ["łucja"]), ("l.zolkiewska@poczta.example", ["łucja"]), ("zolkiewska@poczta", ["łucja"]),
        ("@poczta.example", ["łucja"]), ("lucja@poczta.example", []),
        ("ibr", ["isik"]), ("IBRAHİM ışık", ["isik"]), ("isik", ["isik"]), ("Işı", ["isik"]),
        ("joao conc", ["joao"]), ("+55 11 98765-4321", ["joao"]), ("11987654321", ["joao"]), ("654321", ["joao"]),
        ("987654", ["joao"]), ("boss@firm.example", ["copied"]), ("grazyna", ["copied"]),
        ("olkiewska", []), ("  ", ["copied", "joao", "isik", "łucja"]), ("'&|!:*()\\", []), ("%", []),
    ]:  # fmt: skip
        assert await inbox.subjects(q=q) == found, q


async def test_search_finds_texts_subjects_numbers_and_customers_of_others(inbox: Inbox) -> None:
    parcel = inbox.write("Paczka zaginęła", "Zamówienie ORD-1001 nie dotarło, pisałam na skarga@firma.example.")
    inbox.write("İade", "Siparişim gelmedi; takip numarası 00981234.")
    inbox.write("Other", "Nothing of that", sender=("email", "1other@example.com"))
    customer = uuid4()
    inbox.set(parcel, customer_id=customer)
    number = inbox.story.row(parcel)["number"]
    await inbox.index()
    for q, found in [
        ("zaginela", ["Paczka zaginęła"]), ("zamow", ["Paczka zaginęła"]), ("ord-1001", ["Paczka zaginęła"]),
        ("dotarło zamówienie", ["Paczka zaginęła"]), ("skarga@firma.example", ["Paczka zaginęła"]),
        ("siparis", ["İade"]), ("iade gelmedi", ["İade"]), ("00981234", ["İade"]), ("paczka siparisim", []),
        (f"#{number}", ["Paczka zaginęła"]),
    ]:  # fmt: skip
        assert await inbox.subjects(q=q) == found, q
    assert "Paczka zaginęła" in await inbox.subjects(q=str(number))
    assert await inbox.subjects(q="SO-77", found=[customer]) == ["Paczka zaginęła"]
    assert await inbox.subjects(q="other", found=[customer]) == ["Other", "Paczka zaginęła"]
    assert await inbox.subjects(found=[customer]) == ["Other", "İade", "Paczka zaginęła"], "nothing was asked"
    inbox.set(parcel, status="closed", labels=["delivery"])
    assert await inbox.subjects(q="dotarlo", status=ConversationStatus.OPEN) == []
    assert await inbox.subjects(q="dotarlo", labels=["delivery"]) == ["Paczka zaginęła"]


async def test_a_first_mail_that_was_taken_back_leaves_nothing_in_the_lists(inbox: Inbox) -> None:
    parcel = inbox.write("Parcel")
    begun = inbox.story.request(uuid4())
    to = ContactPoint(kind=ContactKind.EMAIL, value="ann@x.example")
    body = StartConversation(
        command_id=uuid4(), account=SHOP, to=(to,), subject="Your order", text="It is here.", hold_seconds=5
    )
    writing.start(inbox.story.log, begun, body)
    assert len(await inbox.subjects()) == 2
    writing.withdraw(inbox.story.log, inbox.story.request(begun.conversation_id), begun.command_id)
    assert inbox.story.row(begun.conversation_id)["status"] == "archived"
    assert await inbox.subjects() == ["Parcel"]
    command.carry_out(inbox.story.log, inbox.story.request(parcel), Archive())
    assert await inbox.subjects() == ["Parcel"], "an archived one is still there"


async def test_what_is_merged_or_split_off_is_found_where_it_is(inbox: Inbox) -> None:
    target, source = inbox.write("target", "apples"), inbox.write("source", "pears")
    command.add_note(inbox.story.log, inbox.story.request(source), "She prefers quinces")
    await inbox.index()
    joining.merge(inbox.story.log, inbox.story.request(source), target)
    await inbox.index()
    assert await inbox.subjects(q="pears") == ["target"]
    assert await inbox.subjects(q="quinces") == ["target"], "a note has moved without an event of its own"
    (message,) = inbox.story.rows("SELECT id FROM conversation.message WHERE text = 'apples'")
    joining.split(inbox.story.log, inbox.story.request(target), [message["id"]])
    await inbox.index()
    (row,) = await inbox.all(Sort.NEWEST, 5, q="apples")
    assert row["id"] not in (target, source)


async def test_a_number_leads_to_where_its_conversation_went_on(inbox: Inbox) -> None:
    first, last, other = inbox.write("first"), inbox.write("last"), inbox.write("other")
    middle = inbox.write("middle")
    for source, target in ((first, middle), (middle, last)):
        joining.merge(inbox.story.log, inbox.story.request(source), target)
    number = {
        name: inbox.story.row(i)["number"] for name, i in (("first", first), ("last", last), ("other", other))
    }
    inbox.write(
        f"{number['first']}0 pieces", f"{number['last']}9 zł", sender=("email", f"{number['other']}@x.example")
    )
    await inbox.index()
    assert await inbox.subjects(q=f"#{number['first']}") == ["last"]
    assert await inbox.subjects(q=f"#{number['last']}") == ["last"]
    assert await inbox.subjects(q=f"#{number['other']}") == ["other"], "what only begins so is something else"
    assert await inbox.subjects(q="#999999") == []
    assert "last" in await inbox.subjects(q=str(number["first"]))
    customer = uuid4()
    inbox.set(other, customer_id=customer)
    assert await inbox.subjects(q=f"#{number['last']}", found=[customer]) == ["last", "other"], (
        "whose order that is"
    )


async def test_the_index_follows_notes_and_names_and_forgets_what_is_erased(inbox: Inbox) -> None:
    first = inbox.write("first", sender=("email", "ann@example.com"))
    await inbox.index()
    assert await inbox.subjects(q="Kowalska") == []
    inbox.write("second", name="Anna Kowalska", sender=("email", "ann@example.com"))
    command.add_note(inbox.story.log, inbox.story.request(first), "Called her: wrong colour")
    await inbox.index()
    assert await inbox.subjects(q="Kowalska") == ["second", "first"], "a name is told of all conversations"
    assert await inbox.subjects(q="colour") == ["first"]
    with psycopg.connect(inbox.dsn) as connection:
        connection.execute("UPDATE conversation.relay SET position = 0 WHERE name = 'search'")
        connection.execute("DELETE FROM conversation.message_search")
    await inbox.index()
    assert await inbox.subjects(q="colour") == ["first"], "built anew from the start of the log"
    with psycopg.connect(inbox.dsn) as connection:
        connection.execute("DELETE FROM conversation.message WHERE kind = 'note'")
    assert await inbox.subjects(q="colour") == [], "what is erased is not found"


async def test_a_cursor_of_ones_own_making_is_refused(inbox: Inbox) -> None:
    for cursor in ("x", "eyJhIjoxfQ==", "WzEsMl0=", "bnVsbA=="):
        with pytest.raises(BadCursor):
            await inbox.queries.page(Filter(me=ME), Sort.NEWEST, cursor, 10)


# --- pages lose nothing ------------------------------------------------------------------------------------------

Row = tuple[int, int | None, str, str | None, str, int]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),  # last message: few different times
        st.none() | st.integers(0, 2),  # waiting since
        st.sampled_from(["open", "open", "closed"]),
        st.sampled_from([ME, "ewa", None]),
        st.sampled_from(["red", "blue", "red blue", "blues"]),
        st.integers(1, 3),  # messages that say so
    ),
    max_size=25,
)
WANTED: dict[str, tuple[dict[str, Any], Callable[[Row], bool]]] = {
    "all": ({}, lambda r: True),
    "open": ({"status": ConversationStatus.OPEN}, lambda r: r[2] == "open"),
    "unread": ({"unread": True}, lambda r: r[2] == "open" and r[3] != "ewa"),
    "a word": ({"q": "red"}, lambda r: "red" in r[4]),
    "a beginning": ({"q": "blue"}, lambda r: "blue" in r[4]),
    "words of nobody": ({"q": "red blu", "assignee": "none"}, lambda r: r[3] is None and r[4] == "red blue"),
    "nothing": ({"q": "green"}, lambda r: False),
}


def insert(dsn: str, rows: Sequence[Row]) -> dict[UUID, Row]:
    """Conversations with nothing but what the list needs, and their words."""
    made = {uuid4(): row for row in rows}
    with psycopg.connect(dsn, options=f"-c search_path={SCHEMA}") as connection:
        connection.execute("TRUNCATE conversation, message, message_search")
        for number, (key, (at, waiting, status, assignee, words, messages)) in enumerate(made.items()):
            connection.execute(
                "INSERT INTO conversation (id, number, channel, account, status, contact_id, assignee, labels, "
                "subject, preview, message_count, attachment_count, opened_at, last_message_at, waiting_since, "
                "automatic, version, snapshot, inbound) VALUES "
                "(%s, %s, 'email', 'a', %s, %s, %s, '{}', '', '', 1, 0, %s, %s, %s, false, 1, '{}', 1)",
                (key, number + 1000, status, uuid4(), assignee, NOON, NOON + timedelta(hours=at),
                 None if waiting is None else NOON + timedelta(hours=waiting)),
            )  # fmt: skip
            for message in (uuid4() for _ in range(messages)):
                connection.execute(
                    "INSERT INTO message (id, conversation_id, sequence, kind, at, channel, account, text, "
                    "truncated) VALUES (%s, %s, 1, 'inbound', %s, 'email', 'a', '', false)",
                    (message, key, NOON),
                )
                connection.execute(
                    "INSERT INTO message_search VALUES (%s, %s, to_tsvector('simple', %s))", (message, key, words)
                )
    return made


def in_order(made: dict[UUID, Row], sort: Sort) -> list[UUID]:
    if sort is Sort.WAITING:
        return sorted((k for k in made if made[k][1] is not None), key=lambda k: (made[k][1], k))
    return sorted(made, key=lambda k: (made[k][0], k), reverse=sort is Sort.NEWEST)


def test_pages_together_are_the_whole_list(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(postgres_dsn)
    for module, name, value in [
        (lists, "SHORT_WALK", 3), (lists, "LONG_WALK", 4), (lists, "COMMON", 2), (lists, "ENOUGH", 2),
        (search, "CANDIDATES", 6),
    ]:  # fmt: skip
        monkeypatch.setattr(module, name, value)

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ROWS, st.integers(1, 7), st.sampled_from(list(Sort)), st.sampled_from(list(WANTED)))
    def whole(rows: Sequence[Row], limit: int, sort: Sort, name: str) -> None:
        made = insert(postgres_dsn, rows)
        wanted, fits = WANTED[name]

        async def look() -> list[UUID]:
            async with postgres.pool(postgres_dsn, SCHEMA) as pool:
                inbox = Inbox(None, postgres_dsn, pool)
                return [row["id"] for row in await inbox.all(sort, limit, **wanted)]

        assert asyncio.run(look()) == [k for k in in_order(made, sort) if fits(made[k])]

    whole()


async def test_a_row_that_moves_to_the_top_meanwhile_is_not_seen_twice(inbox: Inbox) -> None:
    ids = [inbox.write(str(n)) for n in range(4)]
    rows, cursor = await inbox.queries.page(Filter(me=ME), Sort.NEWEST, None, 2)
    assert [r["subject"] for r in rows] == ["3", "2"]
    inbox.set(ids[0], last_message_at=NOON + timedelta(days=1))
    rows, cursor = await inbox.queries.page(Filter(me=ME), Sort.NEWEST, cursor, 2)
    assert ([r["subject"] for r in rows], cursor) == (["1"], None)
