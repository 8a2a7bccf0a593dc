"""Search: by the words of contact points and messages, a conversation's number, and customers found elsewhere.

Two ways lead to the same rows. For words that are common the list is walked in its order and each row looked at
until the page is full; for words that are rare the index knows all rows at once. A page begins with a short walk,
which tells one from the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.sql import SQL

from nitka.conversation.store.queries.filters import Filter
from nitka.conversation.store.queries.keyset import Order, Place
from nitka.conversation.store.queries.reads import Reads
from nitka.runtime.words import question

SHORT_WALK, LONG_WALK = 500, 4000
"""Rows that are looked at to learn how common the words are, and when they are."""

COMMON, ENOUGH = 5, 10
"""Hits of a short walk that make a long one worth while, and hits that make a page, though it is not full."""

CANDIDATES = 5000
"""Rows of the index that cost more than a walk."""

PATIENCE_MS = 2000
"""After that a search is broken off: its words are the beginnings of too many others."""

MEMORY_MB = 32
"""Memory of the database for one search: with less it forgets which rows of a page a word is in."""

_NUMBER = re.compile(r"#?(\d{1,15})")
# Where the conversation of this number is by now, however often it was merged.
_NUMBERED = SQL(
    "(WITH RECURSIVE way (id, merged_into) AS (SELECT id, merged_into FROM conversation WHERE number = %(number)s "
    "UNION SELECT c.id, c.merged_into FROM way JOIN conversation c ON c.id = way.merged_into) "
    "SELECT id FROM way WHERE merged_into IS NULL)"
)
_HIT = SQL(
    "(p.hit IS TRUE OR m.hit IS TRUE OR w.id IS NOT DISTINCT FROM {} "
    "OR coalesce(w.customer_id = ANY(%(found)s::uuid[]), false))"
).format(_NUMBERED)
# How many contact points and messages there were tells whether some were left out.
_INDEX = SQL(
    "WITH p AS MATERIALIZED (SELECT id FROM contact_search WHERE words @@ %(people)s::tsquery LIMIT %(limit)s), "
    "m AS MATERIALIZED "
    "(SELECT conversation_id FROM message_search WHERE words @@ %(words)s::tsquery LIMIT %(limit)s) "
    "SELECT id, (SELECT count(*) FROM p) AS people, (SELECT count(*) FROM m) AS messages FROM ("
    "SELECT * FROM {} numbered UNION "
    "SELECT id FROM conversation WHERE customer_id = ANY(%(found)s::uuid[]) UNION "
    "SELECT c.id FROM p JOIN conversation c ON c.contact_id = p.id UNION "
    "SELECT conversation_id FROM m) found LIMIT %(limit)s"
).format(_NUMBERED)


class TooWide(Exception):
    """The search took too long."""


class Hit(NamedTuple):
    """A row that was found, and its time in the list's order."""

    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: all words of a text in a contact point or in a message, this number, these customers.

    The words are `tsquery`s; a number with "#" has none: nothing is meant that only begins with it.
    """

    people: str | None
    words: str | None
    number: int | None
    customers: Sequence[UUID]

    @classmethod
    def of(cls, q: str | None, customers: Sequence[UUID]) -> Search | None:
        """The search for what somebody typed; None when nothing was typed."""
        text = (q or "").strip()
        if not text:
            return None
        number = _NUMBER.fullmatch(text)
        numbered = number is not None and text.startswith("#")
        return cls(
            people=None if numbered else question(text),
            words=None if numbered else question(text, prefixes=False),
            number=int(number[1]) if number else None,
            customers=customers,
        )

    @property
    def is_exact(self) -> bool:
        """Whether there are no words to look for, so that the index knows all at once."""
        return self.words is None and self.people is None

    @property
    def values(self) -> dict[str, Any]:
        return {"people": self.people, "words": self.words, "number": self.number, "found": list(self.customers)}


class Searches(Reads):
    """The two ways of a search."""

    async def _walk(
        self, search: Search, wanted: Filter, order: Order, after: Place | None, limit: int, window: int
    ) -> tuple[list[Hit], Place | None]:
        """Look at the next `window` rows of the list: up to `limit` hits, and where to go on, None at the end."""
        by = order.of(SQL("w.at"), SQL("w.id"))
        query = SQL(
            "SELECT w.id, w.at, w.place, {hit} AS hit FROM (SELECT *, row_number() OVER (ORDER BY {by}) AS place "
            "FROM ({rows}) w) w "
            "LEFT JOIN LATERAL (SELECT true AS hit FROM contact_search s "
            "WHERE s.id = w.contact_id AND s.words @@ %(people)s::tsquery LIMIT 1) p ON true "
            "LEFT JOIN LATERAL (SELECT true AS hit FROM message_search s "
            "WHERE s.conversation_id = w.id AND s.words @@ %(words)s::tsquery LIMIT 1) m ON true "
            "WHERE {hit} OR w.place = %(rows)s ORDER BY {by} LIMIT %(limit)s"
        ).format(
            hit=_HIT,
            by=by,
            rows=wanted.rows(SQL("c.id, c.contact_id, c.customer_id"), order, after),
        )
        values = {**wanted.values(), **search.values, **(after or {}), "rows": window, "limit": limit}
        rows = await self._patiently(query, values)
        hits = [Hit(row["id"], row["at"]) for row in rows if row["hit"]]
        more = bool(rows) and (len(hits) == limit or rows[-1]["place"] == window)
        return hits, order.behind(rows[-1]["at"], rows[-1]["id"]) if more else None

    async def _candidates(self, search: Search) -> list[UUID] | None:
        """All conversations that the index finds, whatever the filter; None when they are too many."""
        rows = await self._patiently(_INDEX, {**search.values, "limit": CANDIDATES})
        full = rows and CANDIDATES in (len(rows), rows[0]["people"], rows[0]["messages"])
        return None if full else [row["id"] for row in rows]

    async def _patiently(self, query: Any, values: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            return await self._all(query, values, patience_ms=PATIENCE_MS, memory_mb=MEMORY_MB)
        except psycopg.errors.QueryCanceled as error:
            raise TooWide from error
