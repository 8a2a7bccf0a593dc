"""The shop's settings as the handling of messages reads them.

Every change counts `settings_version` up in its own transaction. Whoever handles messages keeps a copy and asks
for that one number in each transaction, so a change is true for the next batch, in every process.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from nitka.api.rules import Rule, SaveRule
from nitka.api.settings import SaveInbox
from nitka.api.templates import SaveTemplate
from nitka.events import Channel

STEP = """
    -- `body` is the setting as the API speaks it (nitka.api.settings).
    CREATE TABLE inbox_setting (
        account text PRIMARY KEY,
        body jsonb NOT NULL,
        updated_by text,
        updated_at timestamptz
    );
    INSERT INTO inbox_setting (account, body)
        SELECT DISTINCT ON (account) account, jsonb_build_object('channel', channel, 'name', account)
        FROM conversation;
    CREATE TABLE rule (
        id uuid PRIMARY KEY,
        body jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_by text,
        updated_at timestamptz
    );
    CREATE TABLE template (
        id uuid PRIMARY KEY,
        body jsonb NOT NULL,
        updated_by text,
        updated_at timestamptz
    );
    CREATE TABLE label (
        name text PRIMARY KEY,
        colour text NOT NULL,
        updated_by text,
        updated_at timestamptz
    );
    INSERT INTO label (name, colour)
        SELECT DISTINCT name, 'grey' FROM conversation, unnest(labels) AS name;
    CREATE TABLE settings_version (one bool PRIMARY KEY CHECK (one), version bigint NOT NULL);
    INSERT INTO settings_version VALUES (true, 1);

    -- What rules and templates ask of a customer, as the profile last told.
    CREATE TABLE customer_fact (
        customer_id uuid PRIMARY KEY,
        segment text,
        orders int,
        last_order_number text,
        last_order_status text
    );

    -- Which automatic answers went out, so that nobody gets a second one too soon.
    CREATE TABLE auto_reply (
        message_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        conversation_id uuid NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (message_id, contact_id)
    );
    CREATE INDEX auto_reply_contact ON auto_reply (contact_id, at);
"""
"""The step of the schema that made these tables."""


@dataclass(frozen=True, slots=True)
class Book:
    """All settings that the handling of a message needs, as of one version."""

    version: int = 0
    inboxes: dict[str, SaveInbox] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    templates: dict[UUID, SaveTemplate] = field(default_factory=dict)

    def inbox(self, account: str, channel: Channel = Channel.EMAIL) -> SaveInbox:
        """An inbox's settings; what holds for one that nobody has set."""
        return self.inboxes.get(account) or SaveInbox(channel=channel, name=account[:120])


class Shelf:
    """The book that this process has read last; safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._book = Book()

    def read(self, cursor: Cursor[Any]) -> Book:
        """The settings as they are now: one query for a number, and all of them when it has changed."""
        cursor.execute("SELECT version FROM settings_version")
        row = cursor.fetchone()
        version = row[0] if row else 0
        with self._lock:
            known = self._book
        if known.version == version:
            return known
        book = _read(cursor, version)
        with self._lock:
            self._book = book
        return book


def _read(cursor: Cursor[Any], version: int) -> Book:
    cursor.execute("SELECT account, body FROM inbox_setting")
    inboxes = {account: SaveInbox.model_validate(body) for account, body in cursor.fetchall()}
    cursor.execute("SELECT id, body FROM rule ORDER BY created_at, id")
    rules = tuple(Rule(id=found, rule=SaveRule.model_validate(body)) for found, body in cursor.fetchall())
    cursor.execute("SELECT id, body FROM template")
    templates = {found: SaveTemplate.model_validate(body) for found, body in cursor.fetchall()}
    return Book(version, inboxes, rules, templates)


COUNT_UP = "UPDATE settings_version SET version = version + 1"


def meet_inbox(cursor: Cursor[Any], account: str, channel: Channel) -> None:
    """An inbox that the settings know from now on: because the shop has it, or a message has come for it."""
    body = SaveInbox(channel=channel, name=account[:120]).model_dump(mode="json")
    cursor.execute(
        "INSERT INTO inbox_setting (account, body) VALUES (%s, %s) ON CONFLICT DO NOTHING", (account, Jsonb(body))
    )
    if cursor.rowcount:
        cursor.execute(COUNT_UP)


def meet_labels(cursor: Cursor[Any], names: Collection[str]) -> None:
    """Labels that were put on a conversation are known from then on."""
    cursor.execute(
        "INSERT INTO label (name, colour) SELECT name, 'grey' FROM unnest(%s::text[]) AS name "
        "ON CONFLICT DO NOTHING",
        (list(names),),
    )


def answered_since(cursor: Cursor[Any], contact_ids: Sequence[UUID], moment: datetime) -> bool:
    """Whether one of these contact points got an automatic answer after `moment`."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM auto_reply WHERE contact_id = ANY(%s) AND at > %s)",
        (list(contact_ids), moment),
    )
    return bool((cursor.fetchone() or (False,))[0])


def note_answer(
    cursor: Cursor[Any], message_id: UUID, contact_ids: Sequence[UUID], conversation_id: UUID, at: datetime
) -> None:
    """Remember an automatic answer to these contact points."""
    cursor.executemany(
        "INSERT INTO auto_reply (message_id, contact_id, conversation_id, at) VALUES (%s, %s, %s, %s)",
        [(message_id, contact_id, conversation_id, at) for contact_id in set(contact_ids)],
    )


# --- customers' facts --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """What rules and templates ask of a customer; None is unknown."""

    segment: str | None
    orders: int | None
    last_order_number: str | None
    last_order_status: str | None


def customer_fact(cursor: Cursor[Any], customer_id: UUID) -> CustomerFact | None:
    """What is known of a customer."""
    cursor.execute(
        "SELECT segment, orders, last_order_number, last_order_status FROM customer_fact WHERE customer_id = %s",
        (customer_id,),
    )
    row = cursor.fetchone()
    return CustomerFact(*row) if row else None


def note_customer(cursor: Cursor[Any], customer_id: UUID, fact: CustomerFact) -> None:
    """Keep what is known of a customer now; None changes nothing."""
    cursor.execute(
        "INSERT INTO customer_fact AS f VALUES (%s, %s, %s, %s, %s) ON CONFLICT (customer_id) DO UPDATE SET "
        "segment = coalesce(excluded.segment, f.segment), orders = coalesce(excluded.orders, f.orders), "
        "last_order_number = coalesce(excluded.last_order_number, f.last_order_number), "
        "last_order_status = coalesce(excluded.last_order_status, f.last_order_status)",
        (customer_id, fact.segment, fact.orders, fact.last_order_number, fact.last_order_status),
    )


def join_customers(cursor: Cursor[Any], merged: UUID, stays: UUID) -> None:
    """What was known of a merged customer is known of the one who stays, unless more is."""
    cursor.execute(
        "UPDATE customer_fact SET customer_id = %(stays)s WHERE customer_id = %(merged)s "
        "AND NOT EXISTS (SELECT FROM customer_fact WHERE customer_id = %(stays)s)",
        {"merged": merged, "stays": stays},
    )
    forget_customer(cursor, merged)


def forget_customer(cursor: Cursor[Any], customer_id: UUID) -> None:
    """Forget what is known of a customer."""
    cursor.execute("DELETE FROM customer_fact WHERE customer_id = %s", (customer_id,))
