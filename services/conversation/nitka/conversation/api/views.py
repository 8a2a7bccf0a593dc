"""From rows and events to what the API answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nitka.api import conversations as api
from nitka.conversation.api.safe_html import Sign, sanitise
from nitka.conversation.api.system_lines import Reasons, system_line
from nitka.conversation.domain.quotes import trim
from nitka.conversation.projections import PRIORITIES
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.kept import Kept, Shown
from nitka.conversation.store.mapping import Recorded
from nitka.conversation.store.queries import Moment
from nitka.events import Channel, ContactKind, ContactPoint, DeliveryState

_GONE = ContactPoint(kind=ContactKind.EMAIL, value="erased")
INLINE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Picture types that may be shown inside a message; an SVG may hold a script, so it is none of them."""


_PLAIN = set(api.ConversationSummary.model_fields) - {"contact", "sequence", "priority", "unread"}


def summary(row: Mapping[str, Any]) -> api.ConversationSummary:
    """A row of the list."""
    return api.ConversationSummary(
        **{name: row[name] for name in _PLAIN},
        contact=contact(row, "contact_"),
        sequence=row["version"],
        priority=PRIORITIES[row["priority"]],
        unread=row.get("unread", False),
    )


@dataclass(frozen=True, slots=True)
class Mine:
    """What of a thread its messages do not say: what the caller has seen, to whom an answer would go, whom one of
    ours did not reach and why, what was merged into it, what was said with a rating."""

    seen: int
    participants: tuple[ContactPoint, ...]
    reply: api.Recipients
    reply_all: api.Recipients
    aside: api.Recipients
    undelivered: Mapping[UUID, Sequence[str]]
    reasons: Reasons
    absorbed: tuple[UUID, ...]
    comments: Mapping[UUID, str]


def mine(
    seen: int,
    ours: Collection[str],
    last: Content | None,
    customer: ContactPoint,
    third: ContactPoint | None,
    participants: tuple[ContactPoint, ...],
    undelivered: Mapping[UUID, Sequence[str]],
    reasons: Reasons,
    absorbed: Sequence[UUID],
    comments: Mapping[UUID, str],
) -> Mine:
    """`last` is what an answer answers, `customer` who wrote it (or whom we wrote to first), `third` the third
    party that has written since. `ours` are the addresses of our inboxes, which no answer goes to."""
    to = (last.reply_to or customer) if last else customer
    others = [p for p in (*last.recipients, *last.cc) if p.value not in ours] if last else []
    everybody = {p.key: p for p in (*others, *participants) if p.key != to.key}
    copied = tuple(p for p in participants if p.key != to.key)
    return Mine(
        seen=seen,
        participants=participants,
        reply=api.Recipients(to=(to,), cc=copied),
        reply_all=api.Recipients(to=(to,), cc=tuple(everybody.values())),
        aside=api.Recipients(to=(third,) if third else ()),
        undelivered=undelivered,
        reasons=reasons,
        absorbed=tuple(absorbed),
        comments=comments,
    )


def contact(row: Mapping[str, Any] | None, prefix: str = "") -> ContactPoint:
    """A contact point; a placeholder where it was erased."""
    if row is None or row[f"{prefix}value"] is None:
        return _GONE
    return ContactPoint(kind=row[f"{prefix}kind"], value=row[f"{prefix}value"], name=row[f"{prefix}name"])


def timeline(
    row: Mapping[str, Any],
    messages: Sequence[Content],
    lines: Sequence[Recorded],
    contacts: Mapping[UUID, Mapping[str, Any]],
    before: Moment | None,
    agent: Mine,
    sign: Sign,
    kept: Kept,
) -> api.Timeline:
    """The thread: messages and notes of one page, and the events that show as lines of its time. `before` is where
    an older page goes on.

    `sign` makes the address under which a mail's remote picture can be asked for, `kept` knows how messages look.
    """
    missed = agent.undelivered
    items = [
        *(_message(m, contacts, sign, kept, missed) if m.kind is not Kind.NOTE else _note(m) for m in messages),
        *(shown for r in lines if (shown := system_line(r, contacts, agent.reasons, agent.comments)) is not None),
    ]
    return api.Timeline(
        conversation=summary(row),
        items=tuple(sorted(items, key=lambda i: (i.at, i.sequence))),
        before=str(before) if before else None,
        seen=agent.seen,
        participants=agent.participants,
        reply=agent.reply,
        reply_all=agent.reply_all,
        aside=agent.aside,
        absorbed=agent.absorbed,
    )


def _note(content: Content) -> api.NoteItem:
    return api.NoteItem(
        id=content.id,
        sequence=content.sequence,
        at=content.at,
        agent_id=content.agent_id or "",
        text=content.text,
        mentions=tuple(content.mentions),
        attachments=_files(content),
    )


def _files(content: Content, shown: Collection[str] = ()) -> tuple[api.AttachmentView, ...]:
    """The files of a message; its HTML shows those pictures of its own that are among `shown`, by content id."""
    return tuple(
        api.AttachmentView(
            filename=a.filename,
            media_type=a.media_type,
            size=a.size,
            inline=a.inline and a.content_id in shown,
            url=f"/api/messages/{content.id}/attachments/{i}",
            content_id=a.content_id,
        )
        for i, a in enumerate(content.attachments)
    )


def _message(
    content: Content,
    contacts: Mapping[UUID, Mapping[str, Any]],
    sign: Sign,
    kept: Kept,
    undelivered: Mapping[UUID, Sequence[str]],
) -> api.MessageItem:
    pictures = {
        a.content_id: f"/api/messages/{content.id}/attachments/{i}?inline=1"
        for i, a in enumerate(content.attachments)
        if a.content_id and a.media_type in INLINE_TYPES
    }
    inbound = content.kind is Kind.INBOUND
    author = contact(contacts.get(content.contact_id)) if content.contact_id else None

    def work_out() -> Shown:
        safe = sanitise(content.html, pictures, sign) if content.html else None
        text, quoted = _parted(content, author)
        return Shown(text, quoted, safe.html if safe else None, safe.remote_blocked if safe else False)

    # The author's name tells their signature, and may be learnt later.
    shown = kept.get((content.id, author and author.name), work_out)
    return api.MessageItem(
        id=content.id,
        sequence=content.sequence,
        at=content.at,
        direction=api.Direction.INBOUND if inbound else api.Direction.OUTBOUND,
        channel=Channel(content.channel),
        author=author,
        agent_id=content.agent_id,
        to=tuple(content.recipients),
        cc=tuple(content.cc),
        bcc=tuple(content.bcc),
        subject=content.subject,
        text=shown.text,
        quoted=shown.quoted,
        html=shown.html,
        remote_content_blocked=shown.remote_blocked,
        attachments=_files(content, pictures),
        truncated=content.truncated,
        automatic=content.automatic,
        delivery=DeliveryState(content.delivery) if content.delivery else None,
        delivery_reason=content.delivery_reason,
        raw_url=f"/api/messages/{content.id}/raw" if content.raw_blob else None,
        scheduled_at=content.send_at,
        forwarded=content.forwarded,
        original_id=content.original_id,
        rule_id=content.rule_id,
        undelivered_to=tuple(undelivered.get(content.id, ())),
    )


_MAIL = {Channel.EMAIL, Channel.FORM}


def _parted(content: Content, author: ContactPoint | None) -> tuple[str, str | None]:
    """What a received mail says newly, and the rest of it; everything where nothing is new."""
    if content.kind is not Kind.INBOUND or content.channel not in _MAIL:
        return content.text, None
    found = trim(content.text, author.name if author else None)
    return (found.fresh, found.quoted) if found.fresh and found.quoted else (content.text, None)
