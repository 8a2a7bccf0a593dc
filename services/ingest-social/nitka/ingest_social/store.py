"""The attempts at sending, recorded before they are made: what makes sending happen at most once."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg_pool import AsyncConnectionPool

from nitka.events import DeliveryState, MessageRequested
from nitka.ingest_social.domain import Outcome
from nitka.runtime import postgres

SCHEMA = "ingest_social"

_STEPS = (
    """
    CREATE TABLE attempt (
        message_id uuid NOT NULL,
        attempt int NOT NULL,
        conversation_id uuid NOT NULL,
        account text NOT NULL,
        state text NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'sent', 'failed', 'unconfirmed')),
        provider_id text,
        reason text,
        started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        PRIMARY KEY (message_id, attempt)
    )
    """,
)


def migrate(dsn: str) -> None:
    """Create or update the tables."""
    postgres.migrate(dsn, SCHEMA, _STEPS)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The attempt was begun before. `outcome` is None when nobody recorded how it ended."""

    outcome: Outcome | None


class Attempts:
    """The table of attempts."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def begin(self, message: MessageRequested) -> Earlier | None:
        """Record the intent to send; None means that it is ours to make, now and only now."""
        async with self._pool.connection() as connection:
            inserted = await connection.execute(
                """
                INSERT INTO attempt (message_id, attempt, conversation_id, account) VALUES (%s, %s, %s, %s)
                ON CONFLICT DO NOTHING
                """,
                (message.message_id, message.attempt, message.conversation_id, message.account),
            )
            if inserted.rowcount:
                return None
            found = await connection.execute(
                "SELECT state, provider_id, reason FROM attempt WHERE message_id = %s AND attempt = %s",
                (message.message_id, message.attempt),
            )
            row = await found.fetchone()
        if row is None or row[0] == "sending":
            return Earlier(None)
        return Earlier(Outcome(DeliveryState(row[0]), row[1], row[2]))

    async def finish(self, message: MessageRequested, outcome: Outcome) -> None:
        """Record how an attempt ended."""
        async with self._pool.connection() as connection:
            await connection.execute(
                """
                UPDATE attempt SET state = %s, provider_id = %s, reason = %s, finished_at = now()
                WHERE message_id = %s AND attempt = %s
                """,
                (outcome.state.value, outcome.provider_id, outcome.reason, message.message_id, message.attempt),
            )
