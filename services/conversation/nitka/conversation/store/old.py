"""What has to be known for a while only, and is forgotten then, some at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Cursor


def forget_answers(cursor: Cursor[Any], before: datetime, limit: int) -> int:
    """Forget some automatic answers from before a moment; returns how many."""
    cursor.execute(
        "DELETE FROM auto_reply WHERE ctid = ANY(ARRAY(SELECT ctid FROM auto_reply WHERE at < %s LIMIT %s))",
        (before, limit),
    )
    return cursor.rowcount


def forget_processed(cursor: Cursor[Any], before: datetime, limit: int) -> int:
    """Forget some ids of events from before a moment; returns how many."""
    cursor.execute(
        "DELETE FROM processed WHERE ctid = ANY(ARRAY(SELECT ctid FROM processed WHERE at < %s LIMIT %s))",
        (before, limit),
    )
    return cursor.rowcount
