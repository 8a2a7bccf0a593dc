"""The list, its figures, search and long threads on a million conversations: over HTTP, and the SQL behind it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed
from pydantic import SecretStr
from tests.bench import million
from tests.bench.million import AGENTS, LABELS, person

from nitka.api.conversations import Sort
from nitka.conversation.store.queries import Filter, Moment, Queries
from nitka.conversation.store.schema import SCHEMA
from nitka.events import ConversationStatus
from nitka.events.conversation import Priority
from nitka.local.testing import LocalStack, _family
from nitka.runtime.tokens import Caller, Role, issue

CALLS, WARM_UP = 40, 3
PAGE = 50
THREAD_PAGE = 20
"""Items of a thread that the browser asks for."""

Query = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call: what varies from one to the next. `deep`: pages further down the list."""

    name: str
    make: Callable[[random.Random], Query] = lambda _: {}
    path: str = "/conversations"
    deep: int = 0
    within: int = 50


def filters(people: int) -> Iterator[Kind]:
    """Every filter alone, what agents combine, pages far down, the figures."""
    yield Kind("all")
    yield Kind("all, oldest first", lambda _: {"sort": "oldest"})
    yield Kind("status", lambda r: {"status": r.choice(("open", "snoozed", "closed", "archived"))})
    yield Kind("open, waiting longest", lambda _: {"status": "open", "sort": "waiting"})
    yield Kind("assignee", lambda r: {"assignee": r.choice(AGENTS)})
    yield Kind("mine, open", lambda _: {"assignee": "me", "status": "open"})
    yield Kind("unassigned, open", lambda _: {"assignee": "none", "status": "open"})
    yield Kind("label", lambda r: {"label": r.choice(LABELS)})
    yield Kind("two labels", lambda r: {"label": r.sample(LABELS, 2)})
    yield Kind("channel", lambda r: {"channel": r.choice(("email", "whatsapp"))})
    yield Kind("inbox", lambda r: {"account": r.choice([a for _, a, _ in million.ACCOUNTS])})
    yield Kind("store", lambda _: {"store": "Moda"})
    yield Kind("rating", lambda r: {"rating": r.sample(range(1, 6), 2)})
    yield Kind("bad rating, archived", lambda _: {"rating": [1, 2], "status": "archived"})
    yield Kind("priority", lambda r: {"priority": r.choice(("low", "high", "urgent"))})
    yield Kind("customer", lambda r: {"customer": str(person(r.randrange(people)).customer_id)})
    yield Kind("followed", lambda _: {"followed": True})
    yield Kind("mentioned", lambda _: {"mentioned": True})
    yield Kind("mentioned, open", lambda _: {"mentioned": True, "status": "open"})
    yield Kind("not delivered", lambda _: {"undelivered": True})
    yield Kind("not delivered, open", lambda _: {"undelivered": True, "status": "open"})
    yield Kind("unread", lambda _: {"unread": True})
    yield Kind("unread, mine", lambda _: {"unread": True, "assignee": "me", "status": "open"})
    yield Kind("unread, closed", lambda _: {"unread": True, "status": "closed"})
    rarest = LABELS[-3:]
    combined = lambda r: {"label": r.choice(rarest), "status": "closed", "assignee": r.choice(AGENTS)}  # noqa: E731
    yield Kind("rare label, closed, assignee", combined)
    yield Kind("label, open, inbox", lambda r: {"label": r.choice(LABELS), "status": "open", "store": "Moda"})
    yield Kind("closed, page 40", lambda _: {"status": "closed"}, deep=40)
    yield Kind("common label, closed, page 40", lambda _: {"label": LABELS[0], "status": "closed"}, deep=40)
    yield Kind("rare label, closed, page 8", lambda _: {"label": LABELS[-1], "status": "closed"}, deep=8)
    yield Kind("counts", path="/conversations/counts")
    yield Kind("labels", path="/labels")
    yield Kind("inboxes", path="/inboxes")


def searches(people: int) -> Iterator[Kind]:
    """Every kind of search."""

    def somebody(value: Callable[[million.Person], str], **more: Any) -> Callable[[random.Random], Query]:
        return lambda r: {"q": value(person(r.randrange(people))), **more}

    def word(*choices: str, **more: Any) -> Callable[[random.Random], Query]:
        return lambda r: {"q": r.choice(choices), **more}

    def phone(number: int) -> million.Person:
        return person(number // 10 * 10 + 7)

    rare = million.vocabulary(random.Random(1))[:200_000:199]
    yield Kind("search: letter of a name", word("a", "m", "k", "z"), within=150)
    yield Kind("search: beginning of a name", somebody(lambda p: p.name[:3]), within=150)
    yield Kind("search: first and last name", somebody(lambda p: p.name), within=150)
    yield Kind("search: name, half typed", somebody(lambda p: p.name[:-2]), within=150)
    yield Kind(
        "search: name, open", lambda r: {"q": person(r.randrange(people)).name, "status": "open"}, within=150
    )
    yield Kind("search: address or phone", somebody(lambda p: p.value), within=150)
    yield Kind(
        "search: end of a phone", somebody(lambda p: p.value[-9:] if p.kind == "phone" else p.name), within=150
    )
    yield Kind("search: number", lambda r: {"q": f"#{r.randrange(1, people)}"}, within=150)
    yield Kind("search: common word", word("hello", "zamówienie", "kargo", "parcel"), within=150)
    yield Kind("search: two common words", word("scarf refund", "iade renk", "zwrot paczka"), within=150)
    yield Kind("search: rare word", word(*rare), within=150)
    yield Kind("search: rare and common", lambda r: {"q": f"hello {r.choice(rare)}"}, within=150)
    yield Kind("search: common, rare label", word("hello", "paczka", label="recall"), within=150)
    yield Kind("search: nothing found", word("qqqqq", "xyzzy parcel", "zzz@nowhere.example"), within=150)
    yield Kind("search: common word, page 10", word("parcel"), deep=10, within=150)


def threads(long: Sequence[UUID]) -> Iterator[Kind]:
    """Long threads, as the browser asks for them."""

    def end(ids: Iterator[UUID]) -> Callable[[random.Random], Query]:
        return lambda _: {"id": next(ids), "limit": THREAD_PAGE}

    for name, page in (("its end", 0), ("an older page", 3)):
        for which, ids in (("first look", iter(long)), ("again", cycle(long))):
            title = f"thread of {million.LONG_MESSAGES}: {name}, {which}"
            yield Kind(title, end(ids), path="/conversations/{id}/timeline", deep=page, within=100)


@dataclass
class Agent:
    """An agent's browser, straight at the service."""

    stack: LocalStack
    id: str = AGENTS[7]
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.stack.url("conversation"), timeout=60)

    def get(self, path: str, query: Query) -> Any:
        secret = SecretStr(self.stack.env["NITKA_SECRET"])
        headers = {"authorization": f"Bearer {issue(secret, Caller(id=self.id, role=Role.AGENT))}"}
        path = path.format(**query)
        rest = {name: value for name, value in query.items() if name != "id"}
        return self.http.get(path, params=rest, headers=headers).raise_for_status().json()


class Timed(Queries):
    """The service's own queries on a plain connection; `ms` is what the statements took."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection, self.ms = connection, 0.0

    async def _all(
        self, query: SQL | Composed, values: Mapping[str, Any], *, patience_ms: int = 0, memory_mb: int = 4
    ) -> list[dict[str, Any]]:
        self._connection.execute(f"SET work_mem = '{memory_mb}MB'".encode())
        begun = time.perf_counter()
        found = self._connection.execute(query, values, prepare=False).fetchall()
        self.ms += (time.perf_counter() - begun) * 1000
        return found


def run(stack: LocalStack, conversations: int) -> None:
    """Fill the tables, start the service, and print a line for each kind of call."""
    begun = time.perf_counter()
    million.load(stack.postgres_dsn, conversations)
    seconds = time.perf_counter() - begun
    size = sum(f.stat().st_size for f in Path(stack.settings.home, "postgres").rglob("*") if f.is_file())
    print(f"{conversations:,} conversations made in {seconds:.0f} s, {size / 1e9:.1f} GB")
    stack.start("conversation")
    with psycopg.connect(
        stack.postgres_dsn, options=f"-c search_path={SCHEMA}", autocommit=True, row_factory=dict_row
    ) as connection:
        rows = connection.execute(
            "SELECT id FROM conversation WHERE message_count = %s", (million.LONG_MESSAGES,)
        ).fetchall()
        print(f"ms of {CALLS} calls; sql: the statements alone, p50; cpu: of service and database, mean")
        print(f"{'':<36}{'p50':>8}{'p95':>8}{'max':>8}{'sql':>8}{'cpu':>8}{'within':>8}")
        people = conversations * 3 // 10
        for kind in (*filters(people), *searches(people), *threads([row["id"] for row in rows])):
            _measure(stack, connection, kind)


def _measure(stack: LocalStack, connection: psycopg.Connection[Any], kind: Kind) -> None:
    draw, agent = random.Random(kind.name), Agent(stack)
    times, sql, used = [], [], 0.0
    for n in range(WARM_UP + CALLS):
        query = kind.make(draw)
        asked = _further(agent, kind, query)
        before = _cpu_ms(stack)
        begun = time.perf_counter()
        agent.get(kind.path, asked)
        taken = (time.perf_counter() - begun) * 1000
        if n >= WARM_UP:
            times.append(taken)
            used += _cpu_ms(stack) - before
            timed = Timed(connection)
            asyncio.run(_ask(timed, kind.path, asked, agent.id))
            sql.append(timed.ms)
    times.sort()
    p50, p95, most = times[len(times) // 2], times[int(len(times) * 0.95)], times[-1]
    late = "" if p95 < kind.within else "  !"
    figures = (p50, p95, most, sorted(sql)[len(sql) // 2], used / CALLS)
    print(f"{kind.name:<36}" + "".join(f"{f:>8.1f}" for f in figures) + f"{kind.within:>8}{late}", flush=True)


def _further(agent: Agent, kind: Kind, query: Query) -> Query:
    """The query for a page further down."""
    for _ in range(kind.deep):
        page = agent.get(kind.path, query)
        name, following = ("before", page["before"]) if "before" in page else ("cursor", page["next"])
        if following is None:
            return query
        query = {**query, name: following}
    return query


async def _ask(queries: Queries, path: str, query: Query, me: str) -> None:
    """What the service asks the database for this call."""
    match path:
        case "/conversations":
            await queries.page(*_page(query, me))
        case "/conversations/counts":
            await queries.counts(me)
        case "/labels":
            await queries.labels()
        case "/inboxes":
            await queries.inboxes()
        case _:
            before = Moment.read(query["before"]) if "before" in query else None
            await queries.thread(query["id"], before, query["limit"])


def _page(query: Query, me: str) -> tuple[Filter, Sort, str | None, int]:
    def several(name: str) -> list[Any]:
        value = query.get(name, [])
        return value if isinstance(value, list) else [value]

    assignee = query.get("assignee")
    wanted = Filter(
        me=me,
        status=ConversationStatus(query["status"]) if "status" in query else None,
        assignee=me if assignee == "me" else assignee,
        labels=several("label"),
        channels=several("channel"),
        accounts=several("account"),
        store=query.get("store"),
        ratings=several("rating"),
        customers=several("customer"),
        priority=Priority(query["priority"]) if "priority" in query else None,
        unread=query.get("unread", False),
        followed=query.get("followed", False),
        mentioned=query.get("mentioned", False),
        undelivered=query.get("undelivered", False),
        q=query.get("q"),
    )
    return wanted, Sort(query.get("sort", "newest")), query.get("cursor"), PAGE


def _cpu_ms(stack: LocalStack) -> float:
    """Time on a processor so far, of the service and of the database: what a busy machine does not change."""
    total = 0
    for pid in (p for name in ("conversation", "postgres") for p in _family(stack.pid(name))):
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e6
