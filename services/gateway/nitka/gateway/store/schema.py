"""Tables of the gateway."""

from __future__ import annotations

from nitka.runtime import postgres

SCHEMA = "gateway"

_STEPS = (
    """
    CREATE TABLE agent (
        id text PRIMARY KEY,
        email text NOT NULL UNIQUE,
        name text NOT NULL,
        role text NOT NULL,
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    );
    -- A stolen copy of this table opens nothing: the token itself is only in the browser.
    CREATE TABLE session (
        token_hash bytea PRIMARY KEY,
        agent_id text NOT NULL REFERENCES agent ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
    );
    CREATE INDEX session_expiry ON session (expires_at);
    CREATE TABLE attempt (
        key bytea PRIMARY KEY,
        hits int NOT NULL,
        window_ends timestamptz NOT NULL
    );
    CREATE INDEX attempt_window ON attempt (window_ends);
    """,
    """
    CREATE TABLE preference (
        agent_id text PRIMARY KEY REFERENCES agent ON DELETE CASCADE,
        chosen jsonb NOT NULL
    );
    CREATE TABLE saved_view (
        id uuid PRIMARY KEY,
        owner text NOT NULL REFERENCES agent ON DELETE CASCADE,
        name text NOT NULL,
        search text NOT NULL,
        shared boolean NOT NULL
    );
    CREATE INDEX saved_view_owner ON saved_view (owner);
    """,
)


def migrate(dsn: str) -> None:
    """Bring the gateway's tables up to date."""
    postgres.migrate(dsn, SCHEMA, _STEPS)
