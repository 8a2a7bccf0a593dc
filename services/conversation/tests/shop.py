"""A shop with rules and templates, told in mails: what the tests of automatic work share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from nitka.api.rules import Condition, Fact, Group, Op, SaveRule
from nitka.api.settings import SaveInbox
from nitka.api.templates import SaveTemplate
from nitka.conversation.handlers.background import link_customers
from nitka.conversation.handlers.receive import receive
from nitka.conversation.store import mapping
from nitka.conversation.store.events import EventLog
from nitka.events import (
    SYSTEM,
    Automatic,
    Channel,
    ContactKind,
    ContactPoint,
    Envelope,
    MessageReceived,
    Payload,
    ThreadRefs,
    envelope,
)

ACCOUNT, KEY = "support@shop.example", b"k" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Shop:
    """A shop with settings, whose customers write."""

    def __init__(self, dsn: str, log: EventLog) -> None:
        self._db = psycopg.connect(
            dsn, autocommit=True, row_factory=dict_row, options="-c search_path=conversation"
        )
        self.log = log

    def close(self) -> None:
        self._db.close()

    def _put(self, table: str, values: dict[str, Any]) -> None:
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), list(values.values()))
        self._db.execute("UPDATE settings_version SET version = version + 1")

    def rule(self, *actions: dict[str, Any], conditions: Sequence[Condition] = (), **more: Any) -> str:
        """Add a rule; its id."""
        groups = (Group(conditions=tuple(conditions)),) if conditions else ()
        rule = SaveRule.model_validate({"name": "rule", "actions": actions, **more})
        found = uuid4()
        body = rule.model_copy(update={"groups": groups}).model_dump(mode="json")
        self._put("rule", {"id": found, "body": Jsonb(body)})
        return str(found)

    def template(self, text: str, **more: Any) -> str:
        found = uuid4()
        body = SaveTemplate(name="template", text=text, **more).model_dump(mode="json")
        self._put("template", {"id": found, "body": Jsonb(body)})
        return str(found)

    def inbox(self, **more: Any) -> None:
        body = SaveInbox(channel=Channel.EMAIL, name="Scarf House", **more).model_dump(mode="json")
        self._put("inbox_setting", {"account": ACCOUNT, "body": Jsonb(body)})

    def write(self, *mails: tuple[Envelope, MessageReceived]) -> None:
        """Mails come in, as one batch."""
        receive(self.log, KEY, mails)

    def rows(self) -> list[dict[str, Any]]:
        """The conversations, in the order of their numbers."""
        return self._all("SELECT * FROM conversation WHERE merged_into IS NULL ORDER BY number")

    def contents(self) -> list[dict[str, Any]]:
        """Everything that anybody wrote."""
        return self._all("SELECT * FROM message")

    def answers(self) -> list[dict[str, Any]]:
        """What went out."""
        return self._all("SELECT * FROM message WHERE kind = 'outbound' ORDER BY at, sequence")

    def events(self, kind: str) -> list[Any]:
        rows = self._all("SELECT * FROM stored_events ORDER BY notification_id")
        found = [mapping.from_stored(mapping.StoredEvent(*_stored(row))) for row in rows]
        return [r.event for r in found if type(r.event).__name__ == kind]

    def facts(self) -> dict[UUID, tuple[Any, ...]]:
        rows = self._all("SELECT * FROM customer_fact")
        return {row["customer_id"]: tuple(row.values())[1:] for row in rows}

    def _all(self, query: str) -> list[dict[str, Any]]:
        return self._db.execute(query.encode()).fetchall()

    def customers(self, *payloads: Payload) -> None:
        """The profile tells."""
        at = NOON - HOUR
        wrapped = [envelope(p, event_id=uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=at) for p in payloads]
        link_customers(self.log, list(zip(wrapped, payloads, strict=True)))


def _stored(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"])


def mail(
    sender: str = "ann@example.com",
    text: str = "Where is my parcel?",
    *,
    at: datetime = NOON,
    arrived: datetime | None = None,
    answers: str | None = None,
    automatic: Automatic | None = None,
    name: str | None = "Ann Nowak",
    **more: Any,
) -> tuple[Envelope, MessageReceived]:
    message_id = f"{uuid4().hex}@example.com"
    payload = MessageReceived(
        channel=Channel.EMAIL,
        account=ACCOUNT,
        external_id=message_id,
        thread=ThreadRefs(
            external_thread=answers or message_id,
            message_id=message_id,
            in_reply_to=(answers,) if answers else (),
        ),
        sender=ContactPoint(kind=ContactKind.EMAIL, value=sender, name=name),
        subject="Parcel",
        text=text,
        automatic=automatic,
        **more,
    )
    recorded = arrived or at
    return envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=recorded), payload


def label(name: str) -> dict[str, Any]:
    return {"kind": "add_label", "label": name}


def condition(fact: str, op: str, *values: str) -> Condition:
    return Condition(fact=Fact(fact), op=Op(op), values=values)
