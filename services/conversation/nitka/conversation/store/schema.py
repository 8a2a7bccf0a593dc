"""Tables of the conversation service, all in the schema `conversation`."""

from __future__ import annotations

from nitka.conversation.store import settings
from nitka.runtime import postgres

SCHEMA = "conversation"

STEPS = (
    """
    CREATE TABLE contact (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        value text NOT NULL,
        name text,
        customer_id uuid,
        UNIQUE (kind, value)
    );
    CREATE INDEX contact_customer ON contact (customer_id) WHERE customer_id IS NOT NULL;

    CREATE SEQUENCE conversation_number;

    -- The list's read model and, in `snapshot`, the aggregate's state at `version`: written with the events.
    CREATE TABLE conversation (
        id uuid PRIMARY KEY,
        number bigint NOT NULL UNIQUE,
        channel text NOT NULL,
        account text NOT NULL,
        status text NOT NULL,
        contact_id uuid NOT NULL,
        customer_id uuid,
        assignee text,
        labels text[] NOT NULL,
        subject text,
        preview text NOT NULL,
        message_count int NOT NULL,
        attachment_count int NOT NULL,
        opened_at timestamptz NOT NULL,
        last_message_at timestamptz NOT NULL,
        waiting_since timestamptz,
        snoozed_until timestamptz,
        rating smallint,
        automatic boolean NOT NULL,
        merged_into uuid,
        version int NOT NULL,
        snapshot bytea NOT NULL
    );
    CREATE INDEX conversation_newest ON conversation (status, last_message_at DESC, id);
    CREATE INDEX conversation_mine ON conversation (assignee, status, last_message_at DESC, id);
    CREATE INDEX conversation_waiting ON conversation (status, waiting_since, id);
    CREATE INDEX conversation_contact ON conversation (contact_id);
    CREATE INDEX conversation_labels ON conversation USING gin (labels);
    CREATE INDEX conversation_snoozed ON conversation (snoozed_until) WHERE snoozed_until IS NOT NULL;

    -- Content: everything personal. Erasing a customer deletes rows here; the events only name ids.
    CREATE TABLE message (
        id uuid PRIMARY KEY,
        conversation_id uuid NOT NULL,
        sequence int NOT NULL,
        kind text NOT NULL,
        at timestamptz NOT NULL,
        channel text NOT NULL,
        account text NOT NULL,
        contact_id uuid,
        agent_id text,
        author_name text,
        reply_to jsonb,
        recipients jsonb,
        cc jsonb,
        subject text,
        text text NOT NULL,
        html text,
        attachments jsonb,
        raw_blob text,
        truncated boolean NOT NULL,
        automatic text,
        external_id text,
        in_reply_to text,
        refs text[],
        rating_closing int,
        delivery text,
        delivery_reason text
    );
    CREATE INDEX message_thread ON message (conversation_id, at, sequence);
    CREATE INDEX message_external ON message (account, external_id) WHERE kind = 'outbound';

    CREATE TABLE thread_key (
        account text NOT NULL,
        key text NOT NULL,
        conversation_id uuid NOT NULL,
        PRIMARY KEY (account, key)
    );
    CREATE INDEX thread_key_conversation ON thread_key (conversation_id);

    CREATE TABLE processed (event_id uuid PRIMARY KEY);

    CREATE TABLE relay (name text PRIMARY KEY, position bigint NOT NULL);
    """,
    """
    -- `priority` 0 low to 3 urgent; `inbound` the version of the customer's last message; `send_at` when the first
    -- held answer leaves.
    ALTER TABLE conversation
        ADD followers text[] NOT NULL DEFAULT '{}',
        ADD priority smallint NOT NULL DEFAULT 1,
        ADD queue text,
        ADD inbound int NOT NULL DEFAULT 0,
        ADD send_at timestamptz;
    CREATE INDEX conversation_followers ON conversation USING gin (followers);
    CREATE INDEX conversation_merged ON conversation (merged_into) WHERE merged_into IS NOT NULL;
    CREATE INDEX conversation_held ON conversation (send_at) WHERE send_at IS NOT NULL;

    ALTER TABLE message
        ADD bcc jsonb,
        ADD send_at timestamptz,
        ADD forwarded text,
        ADD original_id uuid,
        ADD rule_id text,
        ADD mentions text[];

    -- What belongs to one agent. `seen`: the version of the conversation that they had on screen.
    CREATE TABLE read_mark (
        agent_id text NOT NULL,
        conversation_id uuid NOT NULL,
        seen int NOT NULL,
        unread boolean NOT NULL,
        PRIMARY KEY (agent_id, conversation_id)
    );
    CREATE INDEX read_mark_unread ON read_mark (agent_id) WHERE unread;
    CREATE TABLE draft (
        agent_id text NOT NULL,
        key text NOT NULL,
        body jsonb NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (agent_id, key)
    );
    """,
    """
    -- The list's orders, each read from either end. What stands behind the id is looked at in the index itself, so
    -- that a filter which leaves little does not fetch all the rest.
    DROP INDEX conversation_newest, conversation_mine, conversation_waiting;
    CREATE INDEX conversation_all
        ON conversation (last_message_at, id, assignee, account, channel, rating) WHERE merged_into IS NULL;
    CREATE INDEX conversation_newest
        ON conversation (status, last_message_at, id, assignee, account, channel, rating)
        WHERE merged_into IS NULL;
    CREATE INDEX conversation_mine ON conversation (assignee, status, last_message_at, id)
        WHERE merged_into IS NULL;
    CREATE INDEX conversation_inbox ON conversation (account, status, last_message_at, id)
        WHERE merged_into IS NULL;
    CREATE INDEX conversation_rating ON conversation (rating, last_message_at, id, status)
        WHERE rating IS NOT NULL;
    CREATE INDEX conversation_priority ON conversation (priority, last_message_at, id, status) WHERE priority <> 1;
    CREATE INDEX conversation_waiting ON conversation (waiting_since, id, status, assignee)
        WHERE waiting_since IS NOT NULL AND merged_into IS NULL;
    CREATE INDEX conversation_customer ON conversation (customer_id) WHERE customer_id IS NOT NULL;
    -- What there is to do, with all that the figures of the sidebar need.
    CREATE INDEX conversation_working
        ON conversation (last_message_at, id) INCLUDE (status, assignee, inbound, followers, labels)
        WHERE merged_into IS NULL AND status IN ('open', 'snoozed');
    CREATE INDEX read_mark_seen ON read_mark (agent_id, conversation_id) INCLUDE (seen);

    -- Few conversations without an agent are closed, and only closed ones are rated: the planner has to know.
    CREATE STATISTICS conversation_facets (mcv)
        ON status, assignee, account, rating FROM conversation;
    ALTER STATISTICS conversation_facets SET STATISTICS 1000;

    -- What search looks at, written behind the log (see search_index.py); erased with what it is about.
    CREATE TABLE contact_search (
        id uuid PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
        words tsvector NOT NULL
    );
    CREATE INDEX contact_search_words ON contact_search USING gin (words);
    CREATE TABLE message_search (
        id uuid PRIMARY KEY REFERENCES message ON DELETE CASCADE,
        conversation_id uuid NOT NULL,
        words tsvector NOT NULL
    );
    CREATE INDEX message_search_conversation ON message_search (conversation_id);
    -- A search reads the pending list from end to end: it stays short.
    CREATE INDEX message_search_words ON message_search USING gin (words) WITH (gin_pending_list_limit = 1024);
    """,
    settings.STEP,
    """
    ALTER TABLE message ADD missed_reasons jsonb;
    """,
    """
    -- Questions for a rating that wait: a closing that is undone at once asks nobody.
    CREATE TABLE rating_due (
        conversation_id uuid PRIMARY KEY,
        closing int NOT NULL,
        at timestamptz NOT NULL
    );
    CREATE INDEX rating_due_at ON rating_due (at);
    """,
    """
    -- When a message came to us; `at` is what its sender says, if that is earlier.
    ALTER TABLE message ADD arrived_at timestamptz;
    """,
    """
    -- What has been processed is forgotten after a while; ids of erased messages are kept ('infinity').
    ALTER TABLE processed ADD at timestamptz NOT NULL DEFAULT now();
    CREATE INDEX processed_at ON processed (at);
    CREATE INDEX auto_reply_at ON auto_reply (at);
    """,
    """
    -- What a rule did says its name, when the rule is long gone.
    CREATE TABLE deleted_rule (id uuid PRIMARY KEY, name text NOT NULL);
    """,
    """
    -- What a held message is made of, where that is less than it says: a forward without what it quotes.
    ALTER TABLE message ADD draft jsonb;
    """,
    """
    -- Sources and attachments of erased messages, which are deleted later, unless something else has them.
    CREATE TABLE erased_file (blob text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
    """,
    """
    -- One row at most; `body` as in the other settings.
    CREATE TABLE shop_setting (
        one bool PRIMARY KEY DEFAULT true CHECK (one),
        body jsonb NOT NULL,
        updated_by text,
        updated_at timestamptz
    );
    """,
    """
    -- Whether an agent's message may not have arrived, and nobody has seen to it.
    ALTER TABLE conversation ADD undelivered boolean NOT NULL DEFAULT false;
    CREATE INDEX conversation_undelivered ON conversation (last_message_at, id, status, assignee)
        WHERE undelivered AND merged_into IS NULL;
    """,
    """
    -- When a stored event happened; IMMUTABLE since our times always name their offset.
    CREATE FUNCTION event_at(state bytea) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        AS $$ SELECT (convert_from(state, 'UTF8')::json #>> '{event,at}')::timestamptz $$;
    """,
    """
    -- Agents whom its notes call.
    ALTER TABLE conversation ADD mentioned text[] NOT NULL DEFAULT '{}';
    CREATE INDEX conversation_mentioned ON conversation USING gin (mentioned) WHERE mentioned <> '{}';
    CREATE INDEX conversation_mentions
        ON conversation (last_message_at, id) INCLUDE (status, message_count, mentioned)
        WHERE mentioned <> '{}' AND merged_into IS NULL;
    """,
    """
    -- Few conversations are followed: the list of those reads no others.
    CREATE INDEX conversation_followed
        ON conversation (last_message_at, id) INCLUDE (status, message_count, followers)
        WHERE followers <> '{}' AND merged_into IS NULL;
    """,
    """
    -- Those to whom a message of a conversation was passed on, and who had not written in it before.
    CREATE VIEW third_party AS
        SELECT c.id AS conversation_id, k.id AS contact_id, k.kind || ':' || k.value AS key
        FROM message f JOIN conversation c ON c.id = f.conversation_id
        CROSS JOIN LATERAL
            jsonb_array_elements(f.recipients || coalesce(f.cc, '[]') || coalesce(f.bcc, '[]')) AS reader
        JOIN contact k ON k.kind = reader ->> 'kind' AND k.value = reader ->> 'value' AND k.id <> c.contact_id
        WHERE f.forwarded IS NOT NULL AND f.send_at IS NULL AND NOT EXISTS (
            SELECT FROM message i
            WHERE i.conversation_id = c.id AND i.kind = 'inbound' AND i.contact_id = k.id AND i.at < f.at);
    """,
)


def migrate(dsn: str) -> None:
    """Create or update everything the service stores, the event log included."""
    from nitka.conversation.store.events import open_log  # noqa: PLC0415 - the log needs the schema to exist

    postgres.migrate(dsn, SCHEMA, STEPS)
    with open_log(dsn, pool_size=1) as log:
        log.create_table()
