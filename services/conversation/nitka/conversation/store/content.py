"""Content rows: messages, notes and comments, the only place that holds what people wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from nitka.events import Attachment, Automatic, ContactPoint

LAST_INBOUND = """
    SELECT m.* FROM message m JOIN conversation c ON c.id = m.conversation_id
    WHERE c.id = %(id)s AND m.kind = 'inbound' AND (m.automatic IS NULL OR m.contact_id = c.contact_id
        AND (convert_from(c.snapshot, 'UTF8')::json ->> 'begun_by_us')::bool IS NOT TRUE)
    ORDER BY m.automatic IS NOT NULL,
        m.contact_id IN (SELECT contact_id FROM third_party WHERE conversation_id = %(id)s),
        m.at DESC, m.sequence DESC LIMIT 1"""
"""What an answer answers: the newest message that a person of the customer's side wrote; a third party's only
where there is no other, a machine's only where that machine began the conversation."""

LAST_BY = """
    SELECT * FROM message WHERE conversation_id = %(id)s AND kind = 'inbound' AND contact_id = ANY(%(writers)s)
    ORDER BY at DESC, sequence DESC LIMIT 1"""
"""The newest message of these writers."""


class Kind(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"
    COMMENT = "comment"


@dataclass(slots=True, kw_only=True)
class Content:
    """One content row. `external_id`, `in_reply_to` and `refs` are the channel's ids (mail: Message-IDs).

    `at` is the source's time of a message that came in, `arrived_at` ours (None in old rows and in what we write).
    `delivery_reason` says why all of it failed, `missed_reasons` why one recipient missed it (see `missed_key`).
    `send_at` is set while an answer is held. `original_id` is the customer's message that an answer, or a question
    for a rating, answers (None in old rows) or, as `forwarded` says, what was passed on. `rule_id` names the rule
    that wrote an automatic reply. `draft` is what a held message is made of, where that is less than it says.
    """

    id: UUID
    conversation_id: UUID
    sequence: int
    kind: Kind
    at: datetime
    channel: str
    account: str
    text: str
    contact_id: UUID | None = None
    agent_id: str | None = None
    author_name: str | None = None
    reply_to: ContactPoint | None = None
    recipients: Sequence[ContactPoint] = ()
    cc: Sequence[ContactPoint] = ()
    bcc: Sequence[ContactPoint] = ()
    subject: str | None = None
    html: str | None = None
    attachments: Sequence[Attachment] = ()
    raw_blob: str | None = None
    truncated: bool = False
    automatic: str | None = None
    external_id: str | None = None
    in_reply_to: str | None = None
    refs: Sequence[str] = ()
    rating_closing: int | None = None
    delivery: str | None = None
    delivery_reason: str | None = None
    missed_reasons: Mapping[str, str] = field(default_factory=dict)
    send_at: datetime | None = None
    forwarded: str | None = None
    original_id: UUID | None = None
    rule_id: str | None = None
    mentions: Sequence[str] = ()
    arrived_at: datetime | None = None
    draft: dict[str, Any] | None = None

    @property
    def answers(self) -> UUID | None:
        """The customer's message that this answers: whose language our words follow, and what an answer quotes."""
        return None if self.forwarded else self.original_id

    @property
    def is_report(self) -> bool:
        """Whether it tells what became of a mail of ours, and so nothing of the customer."""
        return self.automatic in (Automatic.BOUNCE, Automatic.COMPLAINT)


_PLAIN = (
    "id conversation_id sequence kind at channel account text contact_id agent_id author_name subject html "
    "raw_blob truncated automatic external_id in_reply_to rating_closing delivery delivery_reason "
    "send_at forwarded original_id rule_id arrived_at"
).split()
_JSON = ("reply_to", "draft", "recipients", "cc", "bcc", "attachments")
_LISTS = ("refs", "mentions")
COLUMNS = ", ".join((*_PLAIN, *_JSON, *_LISTS))
TYPES = (
    "uuid uuid int4 text timestamptz text text text uuid text text text text text bool text text text int4 text "
    "text timestamptz text uuid text timestamptz jsonb jsonb jsonb jsonb jsonb jsonb text[] text[]"
).split()


def values(content: Content) -> tuple[object, ...]:
    """The table row, in the order of COLUMNS."""
    plain = [getattr(content, name) for name in _PLAIN]
    reply_to = Jsonb(_dump(content.reply_to)) if content.reply_to else None
    lists = (content.recipients, content.cc, content.bcc, content.attachments)
    dumped = [Jsonb([_dump(item) for item in items]) if items else None for items in lists]
    draft = Jsonb(content.draft) if content.draft is not None else None
    return (*plain, reply_to, draft, *dumped, list(content.refs) or None, list(content.mentions) or None)


def read(row: dict[str, Any]) -> Content:
    """The content of a table row."""
    return Content(
        **{name: row[name] for name in _PLAIN if name != "kind"},
        kind=Kind(row["kind"]),
        draft=row["draft"],
        reply_to=ContactPoint.model_validate(row["reply_to"]) if row["reply_to"] else None,
        recipients=[ContactPoint.model_validate(c) for c in row["recipients"] or ()],
        cc=[ContactPoint.model_validate(c) for c in row["cc"] or ()],
        bcc=[ContactPoint.model_validate(c) for c in row["bcc"] or ()],
        attachments=[Attachment.model_validate(a) for a in row["attachments"] or ()],
        refs=row["refs"] or (),
        mentions=row["mentions"] or (),
        missed_reasons=row["missed_reasons"] or {},
    )


def missed_key(recipient_id: UUID | None, attempt: int) -> str:
    """Under what `missed_reasons` keeps why this recipient did not get it in that attempt."""
    return f"{recipient_id}.{attempt}"


def _dump(model: ContactPoint | Attachment) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True)
