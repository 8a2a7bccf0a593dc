"""A mail as the event that the other services know: pure, from bytes to everything that is to be stored."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nitka.events import (
    Attachment,
    Automatic,
    Channel,
    ContactKind,
    ContactPoint,
    MessageReceived,
    ThreadRefs,
    derived_id,
)
from nitka.ingest_email.domain import automatic, bounces
from nitka.ingest_email.domain import body as bodies
from nitka.ingest_email.domain.addresses import Inboxes
from nitka.ingest_email.domain.headers import Headers, addresses, date, split, words
from nitka.ingest_email.domain.mime import Mail, Part, parse

NOBODY = ContactPoint(kind=ContactKind.EMAIL, value="unknown@sender.invalid")
"""The sender of a mail that names none."""

_AUTHORS = (
    "from sender reply-to to cc date subject message-id in-reply-to references content-type "
    "content-transfer-encoding content-disposition"
).split()
"""Fields that the author wrote. Relays add and change others, so only these tell two mails apart."""
_SUBJECT_TOKEN = re.compile(r"\[#(\d{1,12})\]")
_ENVELOPE_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a mail arrived.

    `sender` None: not known (IMAP); "": the null return path of a machine. `cut`: the end of the mail is missing.
    """

    sender: str | None
    recipients: tuple[str, ...]
    received_at: datetime
    cut: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """An attachment before its content is in the blob store."""

    filename: str
    media_type: str
    content: bytes
    content_id: str | None
    inline: bool

    def stored(self, blob: str) -> Attachment:
        return Attachment(
            blob=blob,
            filename=self.filename,
            media_type=self.media_type,
            size=len(self.content),
            content_id=self.content_id,
            inline=self.inline,
        )


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that was read. Its event for an account is `message(...)` once raw source and files are stored."""

    mail: Mail
    body: bodies.Body
    envelope: Envelope
    files: tuple[File, ...]
    fingerprint: str
    message_id: str
    automatic: Automatic | None

    @property
    def occurred_at(self) -> datetime:
        return date(self.mail.headers.raw("date"), self.envelope.received_at)

    def event_id(self, account: str) -> UUID:
        """The same for every delivery of this mail to this account, another for any other mail.

        The Message-ID alone would let a stranger who repeats one suppress a mail.
        """
        return derived_id("email", account, self.message_id, self.fingerprint)

    def message(
        self, account: str, inboxes: Inboxes, raw_blob: str, attachments: Sequence[Attachment]
    ) -> MessageReceived:
        """The public event's payload for one of our inboxes."""
        headers = self.mail.headers
        failed = bounces.failures(self.mail, self.body) if self.automatic is Automatic.BOUNCE else ()
        return MessageReceived(
            channel=Channel.EMAIL,
            account=account,
            external_id=self.message_id,
            thread=_thread(headers, self.message_id, self._tokens(inboxes, account)),
            sender=_sender(headers, self.envelope.sender),
            reply_to=next(iter(inboxes.named(headers.addresses("reply-to"))), None),
            to=inboxes.named(headers.addresses("to")),
            cc=inboxes.named(headers.addresses("cc")),
            subject=headers.text("subject")[:998] or None,
            text=self.body.text,
            html=self.body.html,
            attachments=tuple(attachments),
            raw_blob=raw_blob,
            truncated=self.body.truncated or self.envelope.cut,
            automatic=self.automatic,
            bounces=failed,
            language=_language(headers),
        )

    def _tokens(self, inboxes: Inboxes, account: str) -> tuple[str, ...]:
        named = [a.value for a in self.mail.headers.addresses(*_ENVELOPE_FIELDS)]
        return inboxes.tokens([*self.envelope.recipients, *named], account)


def read(raw: bytes, envelope: Envelope) -> Incoming:
    """Read a mail; never raises, whatever it holds."""
    mail = parse(raw)
    body = bodies.read(mail)
    fingerprint = _fingerprint(mail)
    ids = mail.headers.ids("message-id")
    return Incoming(
        mail=mail,
        body=body,
        envelope=envelope,
        files=_files(mail, body, raw),
        fingerprint=fingerprint,
        message_id=ids[0] if ids else f"{fingerprint[:32]}@no-message-id.invalid",
        automatic=automatic.classify(mail, body, null_sender=_null_sender(mail.headers, envelope)),
    )


def _fingerprint(mail: Mail) -> str:
    """A hash of what the author wrote; line ends and trailing space are a relay's to change."""
    digest = hashlib.sha256()
    for name in _AUTHORS:
        for value in mail.headers.all(name):
            digest.update(f"{name}:{' '.join(value.split())}\n".encode("utf-8", "replace"))
    content = mail.raw[mail.body_at :].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    digest.update(b"\n" + content.rstrip())
    return digest.hexdigest()


def _null_sender(headers: Headers, envelope: Envelope) -> bool:
    if envelope.sender is not None:
        return envelope.sender in ("", "<>")
    return headers.raw("return-path").strip() == "<>"


def _sender(headers: Headers, envelope_sender: str | None) -> ContactPoint:
    named = (
        headers.addresses("from") or headers.addresses("sender") or headers.addresses("reply-to", "return-path")
    )
    return next(iter(named or addresses(envelope_sender or "")), NOBODY)


def _thread(headers: Headers, message_id: str, tokens: tuple[str, ...]) -> ThreadRefs:
    answered = headers.ids("in-reply-to")[:50]
    references = headers.ids("references")
    first = next(iter(references), None) or next(iter(answered), None) or message_id
    return ThreadRefs(
        external_thread=first,
        message_id=message_id,
        in_reply_to=answered,
        references=references if len(references) <= 200 else (references[0], *references[-199:]),
        tokens=tokens,
        subject_tokens=tuple(dict.fromkeys(_SUBJECT_TOKEN.findall(headers.text("subject"))))[:20],
    )


def _language(headers: Headers) -> str | None:
    given = headers.raw("content-language").split(",")[0].strip()
    return given if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", given) else None


def _files(mail: Mail, body: bodies.Body, raw: bytes) -> tuple[File, ...]:
    """The attachments; of a mail that no parser understood its source, so that an agent can still read it."""
    if mail.root is None:
        return (File("message.eml", "message/rfc822", raw, None, inline=False),)
    html = body.html or ""
    return tuple(_file(part, number, html) for number, part in enumerate(body.files, 1))


def _file(part: Part, number: int, html: str) -> File:
    shown = part.content_id is not None and f"cid:{part.content_id}" in html
    return File(
        filename=_filename(part, number),
        media_type=part.media_type,
        content=part.content,
        content_id=part.content_id,
        inline=shown or (part.disposition == "inline" and part.media_type.startswith("image/")),
    )


def _filename(part: Part, number: int) -> str:
    """A name for a person to read and save: no folders, no controls, always an extension where one is known."""
    name = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", words(part.filename))
    name = re.split(r"[/\\]", name)[-1].strip(" .")[-200:]
    if name:
        return name
    if part.media_type == "message/rfc822":
        subject = split(part.content[:65536])[0].text("subject")
        return f"{re.sub(r'[^0-9A-Za-zÀ-ž .,()-]+', '_', subject)[:100].strip(' ._') or f'message-{number}'}.eml"
    return f"attachment-{number}{mimetypes.guess_extension(part.media_type) or '.bin'}"
