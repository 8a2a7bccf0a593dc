"""A downstream system: keeps its own table of conversations from Nitka's events.

    python subscriber.py --kafka 127.0.0.1:19092 --group my-crm --store my-crm.db
    python subscriber.py --group my-crm --store my-crm.db --from-start      # read everything again

It needs `aiokafka` and nothing of Nitka: an event is JSON. Four things make it right, whatever is killed when:

1. The group's offset is committed after the store was (at least once, never "at most once").
2. Every `event_id` is remembered in the same transaction as its effect, so a repeated event changes nothing.
3. Types and fields that it does not know are skipped: newer versions of Nitka may send them.
4. `customer.erased` makes it forget a person, also when old events are read again later.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sqlite3
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer

TOPICS = ("conversation.events.v1", "customer.events.v1")
TABLES = """
CREATE TABLE IF NOT EXISTS seen (event_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS erased (contact_hash TEXT PRIMARY KEY, at TEXT);
CREATE TABLE IF NOT EXISTS conversation (
    id TEXT PRIMARY KEY, number INTEGER, status TEXT, contact TEXT, messages INTEGER NOT NULL DEFAULT 0
);
"""
STATUS = {
    "conversation.closed": "closed",
    "conversation.reopened": "open",
    "conversation.snoozed": "snoozed",
    "conversation.archived": "archived",
}


def handle(store: sqlite3.Connection, event: dict[str, Any]) -> None:
    """Apply one event to the store; a repeated one changes nothing."""
    if store.execute("INSERT OR IGNORE INTO seen VALUES (?)", (event["event_id"],)).rowcount == 0:
        return
    payload = event["payload"]
    match event["type"]:
        case "conversation.opened":
            row = (payload["conversation_id"], payload["number"], payload["status"], _contact(store, event))
            store.execute("INSERT INTO conversation (id, number, status, contact) VALUES (?, ?, ?, ?)", row)
        case "conversation.message_received" | "conversation.replied":
            store.execute(
                "UPDATE conversation SET messages = messages + 1 WHERE id = ?", (payload["conversation_id"],)
            )
        case "customer.erased":
            _erase(store, event)
        case kind if kind in STATUS:
            store.execute(
                "UPDATE conversation SET status = ? WHERE id = ?", (STATUS[kind], payload["conversation_id"])
            )


def _contact(store: sqlite3.Connection, event: dict[str, Any]) -> str | None:
    """The customer's contact point, unless they were erased after this happened."""
    contact = _key(event["payload"]["contact"])
    erased = store.execute("SELECT at FROM erased WHERE contact_hash = ?", (_hash(contact),)).fetchone()
    return None if erased and event["occurred_at"] <= erased[0] else contact


def _erase(store: sqlite3.Connection, event: dict[str, Any]) -> None:
    for contact in map(_key, event["payload"].get("contacts", [])):
        store.execute("UPDATE conversation SET contact = NULL WHERE contact = ?", (contact,))
        store.execute("INSERT OR REPLACE INTO erased VALUES (?, ?)", (_hash(contact), event["occurred_at"]))


def _key(contact: dict[str, Any]) -> str:
    return f"{contact['kind']}:{contact['value']}"


def _hash(contact: str) -> str:
    return hashlib.sha256(contact.encode()).hexdigest()


async def subscribe(options: argparse.Namespace) -> None:
    """Read until stopped, or until nothing came for a second when `--drain` is given."""
    store = sqlite3.connect(options.store, isolation_level=None)
    store.executescript(TABLES)
    consumer = AIOKafkaConsumer(
        *TOPICS,
        bootstrap_servers=options.kafka,
        group_id=options.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        if options.from_start:
            await consumer.seek_to_beginning()
        while (batches := await consumer.getmany(timeout_ms=1000)) or not options.drain:
            store.execute("BEGIN")
            for records in batches.values():
                for record in records:
                    try:
                        handle(store, json.loads(record.value))
                    except (ValueError, KeyError, TypeError) as error:
                        place = f"{record.topic} [{record.partition}]@{record.offset}"
                        print(f"put aside: {place}: {type(error).__name__}", file=sys.stderr)
            store.execute("COMMIT")
            await consumer.commit()
    finally:
        await consumer.stop()
    for row in store.execute("SELECT number, status, messages, contact FROM conversation ORDER BY number"):
        print(*row, sep="\t")


def main() -> None:
    parser = argparse.ArgumentParser(description="Keeps a table of Nitka's conversations.")
    parser.add_argument("--kafka", default="127.0.0.1:19092", help="bootstrap servers")
    parser.add_argument("--group", required=True, help="consumer group; a name of your own")
    parser.add_argument("--store", default="conversations.db", help="SQLite file")
    parser.add_argument("--from-start", action="store_true", help="read everything again")
    parser.add_argument("--drain", action="store_true", help="end when there is nothing new, and show the table")
    asyncio.run(subscribe(parser.parse_args()))


if __name__ == "__main__":
    main()
