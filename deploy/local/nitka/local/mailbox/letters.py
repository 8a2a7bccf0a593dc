"""Mails as the page shows them, and the mails that a customer writes. Pure functions."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import format_datetime, getaddresses, make_msgid, parseaddr

from pydantic import BaseModel, Field

MAX_PARTS = 200


class Attachment(BaseModel):
    """A part that is a file; `size` in bytes, decoded."""

    name: str
    content_type: str
    size: int


class Mail(BaseModel):
    """A mail. `mailbox` is the customer's address whose copy this is, `sent` whether the customer wrote it."""

    id: str
    mailbox: str
    sent: bool
    sender: str
    to: list[str]
    cc: list[str]
    reply_to: str | None
    subject: str
    date: str
    message_id: str
    in_reply_to: str | None
    references: list[str]
    headers: list[tuple[str, str]]
    text: str
    has_html: bool
    attachments: list[Attachment]
    raw: str


class NewMail(BaseModel):
    """A mail to write. `in_reply_to` is the id of a mail in the mailbox: then sender, recipient, subject and
    threading headers come from it, unless given."""

    sender: str | None = Field(None, alias="from")
    to: str | None = None
    subject: str | None = None
    text: str = Field(max_length=1_000_000)
    in_reply_to: str | None = None


def read(mail_id: str, raw: bytes) -> Mail:
    """A stored mail, decoded as far as it can be; what cannot be is shown as it came."""
    message = BytesParser().parsebytes(raw)
    parts = _parts(message)
    return Mail(
        id=mail_id,
        mailbox=_header(message, "Delivered-To"),
        sent=message["X-Mailbox-Sent"] is not None,
        sender=_header(message, "From"),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        reply_to=next(iter(_addresses(message, "Reply-To")), None),
        subject=_header(message, "Subject"),
        date=_header(message, "Date"),
        message_id=_header(message, "Message-ID"),
        in_reply_to=_header(message, "In-Reply-To") or None,
        references=_header(message, "References").split(),
        headers=[(name, _decoded(str(value))) for name, value in message.items()],
        text="\n".join(_text(p) for p in parts if _is_body(p, "text/plain")),
        has_html=any(_is_body(p, "text/html") for p in parts),
        attachments=[
            Attachment(
                name=_decoded(p.get_filename() or "part"), content_type=p.get_content_type(), size=len(_bytes(p))
            )
            for p in parts
            if not _is_body(p, "text/plain") and not _is_body(p, "text/html")
        ],
        raw=raw.decode("utf-8", "replace"),
    )


def html(raw: bytes) -> str:
    """The HTML body with its inline images as data, as hostile as it came: show it in a sandbox only."""
    parts = _parts(BytesParser().parsebytes(raw))
    images = {
        str(p["Content-ID"]).strip("<> "): p
        for p in parts
        if p["Content-ID"] and p.get_content_maintype() == "image"
    }

    def inline(found: re.Match[str]) -> str:
        part = images.get(found[1])
        if part is None:
            return found[0]
        return f"data:{part.get_content_type()};base64,{base64.b64encode(_bytes(part)).decode()}"

    body = next((_text(p) for p in parts if _is_body(p, "text/html")), "")
    return re.sub(r"cid:([^\"'\s>)]{1,200})", inline, body)


def compose(new: NewMail, original: Mail | None, now: datetime) -> EmailMessage:
    """The mail that a customer's program would send. Raises ValueError when there is nobody to send it to.

    An answer goes to the original's Reply-To (else From), names it in In-Reply-To and extends its References
    (RFC 5322, 3.6.4).
    """
    sender = new.sender or (original.mailbox if original else None)
    recipient = new.to or ((original.reply_to or parseaddr(original.sender)[1]) if original else None)
    if not sender or not recipient:
        raise ValueError("A mail needs a sender and a recipient.")
    message = EmailMessage()
    message["From"], message["To"] = sender, recipient
    message["Subject"] = new.subject or (_reply_subject(original.subject) if original else "(no subject)")
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "customer.example")
    if original and original.message_id:
        message["In-Reply-To"] = original.message_id
        message["References"] = " ".join([*original.references, original.message_id])
    message.set_content(new.text)
    return message


def _reply_subject(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _parts(message: Message) -> list[Message]:
    leaves = (p for p in message.walk() if not p.is_multipart())
    return [p for p, _ in zip(leaves, range(MAX_PARTS), strict=False)]


def _is_body(part: Message, content_type: str) -> bool:
    return part.get_content_type() == content_type and part.get_content_disposition() != "attachment"


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    try:
        return _bytes(part).decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # no charset's name, or none that can be one
        return _bytes(part).decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    return _decoded(str(message[name] or ""))


def _decoded(value: str) -> str:
    unfolded = re.sub(r"\r?\n[ \t]", " ", value)
    try:
        return str(make_header(decode_header(unfolded)))
    except (MessageError, LookupError, ValueError):
        return unfolded


def _addresses(message: Message, name: str) -> list[str]:
    return [address for _, address in getaddresses([str(v) for v in message.get_all(name, [])]) if address]
