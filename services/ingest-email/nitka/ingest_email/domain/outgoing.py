"""An agent's message as the bytes of a mail.

The header lines are written here, not by the standard library: before Python 3.11.10 it lets a line end
inside a value start a new field, also one hidden in an encoded word.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from nitka.events import Attachment, ContactPoint, MessageRequested
from nitka.ingest_email.domain.addresses import plus
from nitka.ingest_email.domain.charsets import clean

REFERENCES_CAP = 30
_LINE = 76
_ID = re.compile(r"[!-;=?-~]{1,996}")
_ADDRESS = re.compile(r"[^\s<>()\",;:\\\x00-\x1f\x7f]{1,255}@[A-Za-z0-9.-]{1,255}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
_MEDIA_TYPE = re.compile(r"(application|audio|font|image|model|text|video)/[A-Za-z0-9][A-Za-z0-9.+-]{0,100}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9.@_+$=-]{1,200}")


class CannotSend(ValueError):
    """The message cannot become a mail; the text says why, without its content."""


def compose(
    message: MessageRequested, files: Sequence[tuple[Attachment, bytes]], *, sender_name: str, now: datetime
) -> bytes:
    """The mail, ready for DATA. Raises CannotSend."""
    account = _checked(message.account)
    answer_to = plus(account, message.reply_token) if message.reply_token else account
    fields = [
        ("From", _mailbox(_author(message, sender_name), account)),
        ("To", _mailboxes(message.to)),
        ("Cc", _mailboxes(message.cc)),
        ("Reply-To", _checked(answer_to) if message.reply_token else ""),
        ("Subject", text_field(message.subject or "")),
        ("Date", format_datetime(now)),
        ("Message-ID", _id(message.external_id)),
        ("In-Reply-To", _ids([message.in_reply_to] if message.in_reply_to else [])),
        ("References", _ids(_references(message.references))),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields if value or name == "Subject")
    return head.encode("utf-8") + _content(message, files).as_bytes(policy=SMTP)


def envelope(message: MessageRequested) -> tuple[str, list[str]]:
    """(return path, recipients). Bounces come back to the conversation's own address. Raises CannotSend."""
    account = _checked(message.account)
    sender = plus(account, message.reply_token) if message.reply_token else account
    recipients = [_checked(c.value) for c in (*message.to, *message.cc, *message.bcc)]
    return _checked(sender), list(dict.fromkeys(recipients))


def _author(message: MessageRequested, sender_name: str) -> str:
    shop = sender_name or message.account.rpartition("@")[2]
    return f"{message.author_name} via {shop}" if message.author_name else shop


def _content(message: MessageRequested, files: Sequence[tuple[Attachment, bytes]]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail.set_content(_body(message.text), charset="utf-8")
    shown = [f for f in files if f[0].inline and f[0].content_id and _CONTENT_ID.fullmatch(f[0].content_id)]
    if message.html is None:
        shown = []
    else:
        mail.add_alternative(_body(message.html), subtype="html", charset="utf-8")
        html = mail.get_payload()[-1]  # type: ignore[index]
        for file, content in shown:
            html.add_related(content, *_type(file), cid=f"<{file.content_id}>", filename=_name(file))  # type: ignore[union-attr]
    for file, content in files:
        if (file, content) not in shown:
            mail.add_attachment(content, *_type(file), filename=_name(file))
    return mail


def _body(text: str) -> str:
    return clean(text).replace("\r\n", "\n").replace("\r", "\n") + ("" if text.endswith("\n") else "\n")


def _type(file: Attachment) -> tuple[str, str]:
    known = _MEDIA_TYPE.fullmatch(file.media_type)
    main, _, sub = (file.media_type if known else "application/octet-stream").partition("/")
    return main, sub


def _name(file: Attachment) -> str:
    name = re.sub(r'["\\/=?]|[\x00-\x1f\x7f]', "_", " ".join(clean(file.filename).split()))
    return name[:150] or "attachment"


def text_field(value: str) -> str:
    """An unstructured value on one logical line; encoded words (RFC 2047) where it is not plain ASCII."""
    flat = " ".join(clean(value).split())
    if flat.isascii() and flat.isprintable() and "=?" not in flat and len(flat) < _LINE:
        return flat
    return _encoded(flat)


def _encoded(text: str) -> str:
    lines: list[str] = []
    piece = b""
    for character in text:
        encoded = character.encode("utf-8")
        if len(piece) + len(encoded) > 42:
            lines.append(base64.b64encode(piece).decode())
            piece = b""
        piece += encoded
    lines.append(base64.b64encode(piece).decode())
    return "\r\n ".join(f"=?utf-8?B?{line}?=" for line in lines)


def _mailboxes(contacts: Sequence[ContactPoint]) -> str:
    return ",\r\n ".join(_mailbox(c.name or "", _checked(c.value)) for c in contacts)


def _mailbox(name: str, address: str) -> str:
    flat = " ".join(clean(name).split())[:200]
    if not flat:
        return address
    if flat.isascii() and "=?" not in flat and len(flat) < 60 and not re.search(r'[\\"]', flat):
        return f"{flat} <{address}>" if _PLAIN_NAME.fullmatch(flat) else f'"{flat}" <{address}>'
    return f"{_encoded(flat)} <{address}>"


def _checked(address: str) -> str:
    """An address that can stand in a header and an SMTP command as it is; international domains as ASCII."""
    local, _, domain = address.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise CannotSend("an address is not valid") from None
    whole = f"{local}@{domain}"
    if not _ADDRESS.fullmatch(whole) or clean(whole) != whole:
        raise CannotSend("an address is not valid")
    return whole


def _id(message_id: str) -> str:
    if not _ID.fullmatch(message_id):
        raise CannotSend("the Message-ID is not valid")
    return f"<{message_id}>"


def _ids(message_ids: Sequence[str]) -> str:
    return "\r\n ".join(f"<{i}>" for i in message_ids if _ID.fullmatch(i) and len(i) < 900)


def _references(references: Sequence[str]) -> Sequence[str]:
    if len(references) <= REFERENCES_CAP:
        return references
    return [references[0], *references[-(REFERENCES_CAP - 1) :]]
