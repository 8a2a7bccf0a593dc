"""Drafts: what an agent has begun to write, kept for their other devices. Personal data, like all content."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from psycopg import Cursor
from psycopg.types.json import Jsonb

from nitka.conversation.store.content import Content

Body = dict[str, Any]
_ADDRESSES = ("to", "cc", "bcc")


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
    """Two drafts in one: nothing that was written is lost. Of what there can be one of only, the first one's
    counts, where it has any."""
    texts = [draft.get("text") or "" for draft in (first, then)]
    formatted = first.get("html") or then.get("html")
    addressed = first if any(first.get(name) for name in _ADDRESSES) else then
    return {
        **then,
        **{name: value for name, value in first.items() if value},
        **{name: addressed.get(name) or [] for name in _ADDRESSES},
        **{name: _each(first, then, name) for name in ("attachments", "mentions")},
        "text": "\n\n".join(text for text in texts if text.strip()),
        "html": _html(first) + _html(then) if formatted else None,
    }


def _each(first: Body, then: Body, name: str) -> list[Any]:
    both = [*(first.get(name) or ()), *(then.get(name) or ())]
    return [one for at, one in enumerate(both) if one not in both[:at]]


def _html(draft: Body) -> str:
    """What was written, formatted: a plain text keeps its lines."""
    if draft.get("html"):
        return str(draft["html"])
    lines = (draft.get("text") or "").strip().splitlines()
    return f"<p>{'<br>'.join(escape(line) for line in lines)}</p>" if lines else ""


def get(cursor: Cursor[Any], agent_id: str, key: str) -> Body:
    """What an agent has begun to write; empty where that is nothing."""
    cursor.execute("SELECT body FROM draft WHERE agent_id = %s AND key = %s FOR UPDATE", (agent_id, key))
    row = cursor.fetchone()
    return row[0] if row else {}


def put(cursor: Cursor[Any], agent_id: str, key: str, body: Body, now: datetime) -> None:
    """Keep a draft in place of the one before."""
    cursor.execute(
        "INSERT INTO draft (agent_id, key, body, updated_at) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (agent_id, key) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        (agent_id, key, Jsonb(body), now),
    )
