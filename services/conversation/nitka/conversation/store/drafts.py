"""Drafts: what an agent has begun to write, kept for their other devices. Personal data, like all content."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from psycopg import Cursor
from psycopg.types.json import Jsonb

from nitka.conversation.store.content import Content

Body = dict[str, Any]


def of_content(content: Content) -> Body:
    """The draft that a message was made of."""
    return content.draft or {
        "mode": "reply",
        "text": content.text,
        "html": content.html,
        "to": [p.model_dump(mode="json") for p in content.recipients],
        "cc": [p.model_dump(mode="json") for p in content.cc],
        "bcc": [p.model_dump(mode="json") for p in content.bcc],
        "subject": content.subject,
        "account": content.account,
        "attachments": [a.model_dump(mode="json") for a in content.attachments],
    }


def joined(first: Body, then: Body) -> Body:
    """Two drafts in one: nothing that was written is lost."""
    texts = [draft.get("text") or "" for draft in (first, then)]
    files = [*first.get("attachments", ()), *then.get("attachments", ())]
    formatted = first.get("html") or then.get("html")
    return {
        **first,
        "text": "\n\n".join(text for text in texts if text.strip()),
        "html": _html(first) + _html(then) if formatted else None,
        "attachments": [file for at, file in enumerate(files) if file not in files[:at]],
    }


def _html(draft: Body) -> str:
    """What was written, formatted: a plain text keeps its lines."""
    if draft.get("html"):
        return str(draft["html"])
    lines = (draft.get("text") or "").strip().splitlines()
    return f"<p>{'<br>'.join(escape(line) for line in lines)}</p>" if lines else ""


def put(cursor: Cursor[Any], agent_id: str, key: str, body: Body, now: datetime) -> None:
    """Keep a draft in place of the one before."""
    cursor.execute(
        "INSERT INTO draft (agent_id, key, body, updated_at) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (agent_id, key) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        (agent_id, key, Jsonb(body), now),
    )
