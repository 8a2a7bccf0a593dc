"""What is deleted where a person is forgotten: their content, their address in what others wrote, their files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from nitka.conversation.store.search_index import reindex
from nitka.events import ContactPoint

Points = Collection[tuple[str, str]]
"""Kind and value of contact points."""


def contacts_of(
    cursor: Cursor[Any], customer_id: UUID, points: Sequence[ContactPoint]
) -> dict[UUID, tuple[str, str]]:
    """A customer's contact points, and these, as far as anybody knows them: kind and value by id."""
    cursor.execute(
        "SELECT id, kind, value FROM contact WHERE customer_id = %s "
        "OR (kind, value) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        (customer_id, [p.kind.value for p in points], [p.value for p in points]),
    )
    return {contact_id: (kind, value) for contact_id, kind, value in cursor.fetchall()}


def conversations_written_in(cursor: Cursor[Any], contact_ids: Collection[UUID]) -> list[UUID]:
    """Conversations that hold a message of these contact points."""
    cursor.execute("SELECT DISTINCT conversation_id FROM message WHERE contact_id = ANY(%s)", (list(contact_ids),))
    return [row[0] for row in cursor.fetchall()]


def delete_content(cursor: Cursor[Any], conversations: Sequence[UUID], contact_ids: Collection[UUID]) -> None:
    """Delete all content of these conversations, and messages of these contact points wherever they are. Their ids
    stay known for good: a mailbox that is read again must not bring them back."""
    ids, contacts = list(conversations), list(contact_ids)
    cursor.execute(
        "WITH gone AS (DELETE FROM message WHERE conversation_id = ANY(%s) OR contact_id = ANY(%s) "
        "RETURNING id, raw_blob, attachments), "
        "known AS (INSERT INTO processed (event_id, at) SELECT id, 'infinity' FROM gone "
        "ON CONFLICT (event_id) DO UPDATE SET at = excluded.at) "
        "SELECT raw_blob, attachments FROM gone",
        (ids, contacts),
    )
    left = [blob for source, files in cursor.fetchall() for blob in (source, *_blobs(files)) if blob]
    cursor.execute("DELETE FROM thread_key WHERE conversation_id = ANY(%s)", (ids,))
    cursor.execute(
        "DELETE FROM draft WHERE split_part(key, '.', 1) = ANY(%s) RETURNING body", ([str(i) for i in ids],)
    )
    left += [blob for (body,) in cursor.fetchall() for blob in _blobs(body.get("attachments"))]
    _leave(cursor, left)
    cursor.execute("DELETE FROM contact WHERE id = ANY(%s)", (contacts,))


def messages_naming(cursor: Cursor[Any], points: Points) -> list[UUID]:
    """Messages that one of these contact points is a recipient of, or the address to answer to. This reads all
    messages: let nobody wait for it."""
    cursor.execute(
        "SELECT id FROM message WHERE reply_to @> ANY(%(one)s) "
        "OR recipients @> ANY(%(some)s) OR cc @> ANY(%(some)s) OR bcc @> ANY(%(some)s)",
        {"one": [Jsonb(p) for p in _json(points)], "some": [Jsonb([p]) for p in _json(points)]},
    )
    return [row[0] for row in cursor.fetchall()]


def blank_addresses(
    cursor: Cursor[Any], messages: Collection[UUID], contact_ids: Collection[UUID], points: Points
) -> None:
    """Take these contact points out of whom messages went to, and why not."""
    cursor.execute(
        "SELECT id, recipients, cc, bcc, missed_reasons FROM message WHERE id = ANY(%s)", (list(messages),)
    )
    known = {str(contact_id) for contact_id in contact_ids}
    for message_id, *lists, missed in cursor.fetchall():
        left = [_without(addresses, points) for addresses in lists]
        reasons = {key: reason for key, reason in (missed or {}).items() if key.partition(".")[0] not in known}
        cursor.execute(
            "UPDATE message SET recipients = %s, cc = %s, bcc = %s, missed_reasons = %s, delivery_reason = NULL, "
            "reply_to = CASE WHEN reply_to @> ANY(%s) THEN NULL ELSE reply_to END WHERE id = %s",
            (
                *(Jsonb(value) if value else None for value in (*left, reasons)),
                [Jsonb(p) for p in _json(points)],
                message_id,
            ),
        )
    reindex(cursor, messages)


def drop_drafts(cursor: Cursor[Any], points: Points) -> None:
    """Drop what is begun to these contact points alone; what is for others as well is for the others then."""
    cursor.execute(
        "SELECT agent_id, key, body FROM draft WHERE body -> 'to' @> ANY(%(some)s) "
        "OR body -> 'cc' @> ANY(%(some)s) OR body -> 'bcc' @> ANY(%(some)s)",
        {"some": [Jsonb([p]) for p in _json(points)]},
    )
    for agent_id, key, body in cursor.fetchall():
        left = {name: _without(body.get(name), points) for name in ("to", "cc", "bcc")}
        if body.get("to") and not left["to"]:
            cursor.execute("DELETE FROM draft WHERE agent_id = %s AND key = %s", (agent_id, key))
            _leave(cursor, _blobs(body.get("attachments")))
        else:
            changed = Jsonb({**body, **left})
            cursor.execute("UPDATE draft SET body = %s WHERE agent_id = %s AND key = %s", (changed, agent_id, key))


def files_left(cursor: Cursor[Any], before: datetime, limit: int) -> tuple[list[str], list[str]]:
    """Files whose messages were erased before a moment, some of them, and those of these that nothing else has."""
    cursor.execute("SELECT blob FROM erased_file WHERE at < %s LIMIT %s", (before, limit))
    left = [row[0] for row in cursor.fetchall()]
    if not left:
        return [], []
    cursor.execute(
        "SELECT raw_blob FROM message WHERE raw_blob = ANY(%(left)s) "
        "UNION SELECT file ->> 'blob' FROM message, jsonb_array_elements(attachments) AS file "
        "WHERE file ->> 'blob' = ANY(%(left)s) "
        "UNION SELECT file ->> 'blob' FROM draft, jsonb_array_elements(body -> 'attachments') AS file "
        "WHERE file ->> 'blob' = ANY(%(left)s)",
        {"left": left},
    )
    used = {row[0] for row in cursor.fetchall()}
    return left, [blob for blob in left if blob not in used]


def forget_files(cursor: Cursor[Any], blobs: Sequence[str], before: datetime) -> None:
    """These files are seen to, unless another message that had one was erased since."""
    cursor.execute("DELETE FROM erased_file WHERE blob = ANY(%s) AND at < %s", (list(blobs), before))


def _leave(cursor: Cursor[Any], blobs: Sequence[str]) -> None:
    cursor.execute(
        "INSERT INTO erased_file (blob) SELECT DISTINCT unnest(%s::text[]) "
        "ON CONFLICT (blob) DO UPDATE SET at = excluded.at",
        (list(blobs),),
    )


def _blobs(files: Sequence[dict[str, Any]] | None) -> list[str]:
    return [file["blob"] for file in files or ()]


def _json(points: Points) -> list[dict[str, str]]:
    return [{"kind": kind, "value": value} for kind, value in points]


def _without(addresses: Sequence[dict[str, Any]] | None, points: Points) -> list[dict[str, Any]]:
    return [one for one in addresses or () if (one["kind"], one["value"]) not in points]
