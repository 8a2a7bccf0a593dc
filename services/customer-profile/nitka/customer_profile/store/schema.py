"""Tables of the customer profile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from nitka.runtime import postgres
from nitka.runtime.words import address_words, vector, words

SCHEMA = "customer_profile"

_STEPS = (
    """
    CREATE TABLE customer (
        id uuid PRIMARY KEY,
        number bigint NOT NULL UNIQUE,
        first_seen timestamptz NOT NULL,
        name text,
        name_source smallint NOT NULL,
        name_at timestamptz,
        visits int NOT NULL,
        last_visit timestamptz,
        segment text NOT NULL,
        segment_due timestamptz,
        merged_into uuid REFERENCES customer
    );
    CREATE INDEX ON customer (segment_due) WHERE segment_due IS NOT NULL AND merged_into IS NULL;
    CREATE INDEX ON customer (merged_into) WHERE merged_into IS NOT NULL;

    CREATE TABLE contact (
        key text PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY,
        kind text NOT NULL,
        value text NOT NULL,
        customer_id uuid NOT NULL REFERENCES customer
    );
    CREATE INDEX ON contact (customer_id);

    -- Which contact points a merged customer had: what a person needs to undo a merge.
    CREATE TABLE merge (
        merged_id uuid PRIMARY KEY REFERENCES customer,
        customer_id uuid NOT NULL REFERENCES customer,
        event_id uuid NOT NULL,
        at timestamptz NOT NULL,
        contacts text[] NOT NULL
    );

    CREATE TABLE undeliverable (
        key text PRIMARY KEY,
        since timestamptz NOT NULL
    );

    CREATE TABLE shop_order (
        shop text NOT NULL,
        order_id text NOT NULL,
        customer_id uuid NOT NULL REFERENCES customer,
        changed_at timestamptz NOT NULL,
        placed_at timestamptz NOT NULL,
        total numeric NOT NULL,
        currency text NOT NULL,
        status text NOT NULL,
        payment text,
        shipment text,
        cancelled boolean NOT NULL,
        lines jsonb NOT NULL,
        PRIMARY KEY (shop, order_id)
    );
    CREATE INDEX ON shop_order (customer_id, placed_at);

    CREATE TABLE activity (
        event_id uuid PRIMARY KEY,
        customer_id uuid NOT NULL REFERENCES customer,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        text text NOT NULL,
        url text,
        conversation_id uuid
    );
    CREATE INDEX ON activity (customer_id, at);

    CREATE TABLE conversation (
        id uuid PRIMARY KEY,
        number bigint NOT NULL
    );

    CREATE TABLE seen (
        event_id uuid PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ON seen (at);

    CREATE TABLE outbox (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key text NOT NULL,
        value bytea NOT NULL,
        headers jsonb NOT NULL
    );
    """,
    """
    -- Folded words of the name and the contact points, written by the service; NULL until `migrate` has filled it.
    ALTER TABLE customer ADD words tsvector;
    CREATE INDEX customer_words ON customer USING gin (words);
    CREATE INDEX shop_order_number ON shop_order (lower(order_id) text_pattern_ops);
    """,
    """
    -- Which message a line tells of, so that it follows when that is split off; NULL in old lines.
    ALTER TABLE activity ADD message_id uuid;
    CREATE INDEX activity_message ON activity (message_id) WHERE message_id IS NOT NULL;
    """,
)
_FILL = 5000
"""Customers in one transaction."""


def migrate(dsn: str) -> None:
    """Create or update the tables."""
    postgres.migrate(dsn, SCHEMA, _STEPS)
    with psycopg.connect(dsn, options=f"-c search_path={SCHEMA}", autocommit=True) as connection:
        while _fill_words(connection):
            pass


def _fill_words(connection: psycopg.Connection[Any]) -> bool:
    """Give words to customers who were known before there was a search for them; False when all have some."""
    rows = connection.execute(
        """
        SELECT id, name, ARRAY(SELECT value FROM contact WHERE customer_id = c.id) FROM customer c
        WHERE words IS NULL LIMIT %s
        """,
        (_FILL,),
    ).fetchall()
    if not rows:
        return False
    vectors = [customer_vector(name, values) for _, name, values in rows]
    connection.execute(
        """
        UPDATE customer c SET words = new.words::tsvector FROM unnest(%s::uuid[], %s::text[]) AS new (id, words)
        WHERE c.id = new.id
        """,
        ([row[0] for row in rows], vectors),
    )
    return True


def customer_vector(name: str | None, addresses: Iterable[str]) -> str:
    """What a customer is found by, as the text form of a `tsvector`."""
    return vector([*words(name or ""), *(word for value in addresses for word in address_words(value))])
