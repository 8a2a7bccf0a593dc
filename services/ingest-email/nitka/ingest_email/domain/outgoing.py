"""What leaves as the bytes of a mail: a message that is composed, or a received mail that is passed on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from nitka.events import Attachment, MessageRequested
from nitka.ingest_email.domain import fields
from nitka.ingest_email.domain.addresses import plus
from nitka.ingest_email.domain.charsets import clean
from nitka.ingest_email.domain.fields import CannotSend, checked
from nitka.ingest_email.domain.headers import split
from nitka.ingest_email.domain.safe_html import safe

File = tuple[Attachment, bytes]

_MEDIA_TYPE = re.compile(
    r"(application|audio|font|image|model|text|video|message)/[A-Za-z0-9][A-Za-z0-9.+-]{0,100}"
)
_CONTENT_ID = re.compile(r"[A-Za-z0-9.@_+$=-]{1,200}")
_RETURN_PATH = re.compile(rb"^(return-path|bcc):[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_POSTMARK = re.compile(rb"^>?From [^\n]*\n")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_LINE_END = re.compile(rb"\r*\n|\r")
_AUTOMATIC = (
    ("Auto-Submitted", "auto-replied"),
    ("X-Auto-Response-Suppress", "All"),
    ("Precedence", "bulk"),
)
"""RFC 3834 for those who know it, the second for Exchange, the third for what is older than both."""


def compose(message: MessageRequested, files: Sequence[File], *, sender_name: str, now: datetime) -> bytes:
    """The mail, ready for DATA. Raises CannotSend."""
    account = checked(message.account)
    head = [
        ("From", fields.mailbox(_author(message, sender_name), account)),
        ("To", fields.mailboxes(message.to)),
        ("Cc", fields.mailboxes(message.cc)),
        ("Reply-To", _own_address(message) if message.reply_token else ""),
        ("Subject", fields.text_field(message.subject or "")),
        ("Date", format_datetime(now)),
        ("Message-ID", fields.message_id(message.external_id)),
        ("In-Reply-To", fields.message_ids([message.in_reply_to] if message.in_reply_to else [])),
        ("References", fields.message_ids(message.references)),
        *(_AUTOMATIC if message.automatic else ()),
    ]
    return fields.block(head) + _content(message, files).as_bytes(policy=SMTP)


def redirect(message: MessageRequested, original: bytes, *, sender_name: str, now: datetime) -> bytes:
    """A received mail as it came, with the fields of RFC 5322, section 3.6.6, in front.

    From, Reply-To and Message-ID stay, so that an answer goes to the author, and so does everything that a
    signature covers. Return-Path belongs to a delivery that is over, and Bcc was nobody else's business. Raises
    CannotSend.
    """
    original = _POSTMARK.sub(b"", _LINE_END.sub(b"\n", original.lstrip(b"\r\n")), count=1)
    headers, body_at = split(original)
    if not _FIELD.match(original) or not headers.addresses("from", "sender"):
        raise CannotSend("the mail does not name its sender and cannot be redirected; forward it instead")
    head = [
        ("Resent-Date", format_datetime(now)),
        ("Resent-From", fields.mailbox(_author(message, sender_name), checked(message.account))),
        ("Resent-To", fields.mailboxes(message.to)),
        ("Resent-Cc", fields.mailboxes(message.cc)),
        ("Resent-Message-ID", fields.message_id(message.external_id)),
    ]
    kept = _RETURN_PATH.sub(b"", original[:body_at]) + original[body_at:]
    return fields.block(head) + kept.replace(b"\n", b"\r\n")


def envelope(message: MessageRequested) -> tuple[str, list[str]]:
    """(return path, recipients). Raises CannotSend.

    Bounces come back to the conversation's own address, also those of automatic mails. RFC 3834 would rather have
    no return path there, but services refuse mail without one, receivers cannot align it with From, and the
    agent would not learn that the address is bad. A loop cannot start: no automatic mail is ever answered.
    """
    recipients = [checked(c.value) for c in (*message.to, *message.cc, *message.bcc)]
    if message.only:
        meant = {checked(address) for address in message.only}
        recipients = [r for r in recipients if r in meant]
        if not recipients:
            raise CannotSend("none of the recipients is meant")
    return _own_address(message), list(dict.fromkeys(recipients))


def _own_address(message: MessageRequested) -> str:
    """Ours, with the conversation's token if there is one. Raises CannotSend."""
    account = checked(message.account)
    return checked(plus(account, message.reply_token)) if message.reply_token else account


def _author(message: MessageRequested, sender_name: str) -> str:
    shop = sender_name or message.account.rpartition("@")[2]
    return f"{message.author_name} via {shop}" if message.author_name else shop


def _content(message: MessageRequested, files: Sequence[File]) -> EmailMessage:
    """Text, its HTML with the pictures that it shows, and the files (multipart as far as it is needed)."""
    mail = EmailMessage(policy=SMTP)
    mail.set_content(_body(message.text), charset="utf-8")
    html = safe(message.html) if message.html else None
    shown = [f for f in files if html is not None and _is_shown(f[0], html)]
    if html is not None:
        mail.add_alternative(_body(html), subtype="html", charset="utf-8")
        part = mail.get_payload()[-1]  # type: ignore[index]
        for file, content in shown:
            main, sub = _type(file)
            part.add_related(content, main, sub, cid=f"<{file.content_id}>", filename=_name(file))  # type: ignore[union-attr]
    for file, content in files:
        if (file, content) not in shown:
            _attach(mail, file, content)
    return mail


def _is_shown(file: Attachment, html: str) -> bool:
    cid = file.content_id or ""
    if not _CONTENT_ID.fullmatch(cid) or _type(file)[0] != "image":
        return False
    return re.search(rf"cid:{re.escape(cid)}[\"']", html) is not None


def _attach(mail: EmailMessage, file: Attachment, content: bytes) -> None:
    main, sub = _type(file)
    if main != "message":
        mail.add_attachment(content, main, sub, filename=_name(file))
        return
    # A mail as an attachment must not be base64 (RFC 2046, 5.2.1): many programs then show letters and digits.
    lines = _LINE_END.sub(b"\r\n", content)
    plain = lines.isascii() and b"\0" not in lines and all(len(line) <= 998 for line in lines.split(b"\r\n"))
    if sub != "rfc822" or not plain:
        mail.add_attachment(content, "application", "octet-stream", filename=_name(file))
        return
    mail.add_attachment(b"", "message", "rfc822", filename=_name(file), cte="7bit")
    part = mail.get_payload()[-1]  # type: ignore[index]
    part.set_payload(lines.decode("ascii"))  # type: ignore[union-attr]


def _body(text: str) -> str:
    return clean(text).replace("\r\n", "\n").replace("\r", "\n") + ("" if text.endswith("\n") else "\n")


def _type(file: Attachment) -> tuple[str, str]:
    known = _MEDIA_TYPE.fullmatch(file.media_type)
    main, _, sub = (file.media_type if known else "application/octet-stream").partition("/")
    return main, sub


def _name(file: Attachment) -> str:
    name = re.sub(r'["\\/=?]|[\x00-\x1f\x7f]', "_", " ".join(clean(file.filename).split()))
    return name[:150] or "attachment"
