"""Header fields as we write them: one logical line each, whatever the value holds.

They are written here, not by the standard library: before Python 3.11.10 it lets a line end inside a value start
a new field, also one hidden in an encoded word.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence

from nitka.events import ContactPoint
from nitka.ingest_email.domain.charsets import clean

REFERENCES_CAP = 30
_LINE = 76
_ID = re.compile(r"[!-;=?-~]{1,996}")
_ADDRESS = re.compile(r"[^\s<>()\",;:\\\x00-\x1f\x7f]{1,255}@[A-Za-z0-9.-]{1,255}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")


class CannotSend(ValueError):
    """The message cannot become a mail; the text says why, without its content."""


def block(fields: Iterable[tuple[str, str]]) -> bytes:
    """The lines of these fields; empty ones are left out, but a Subject is always there."""
    lines = (f"{name}: {value}\r\n" for name, value in fields if value or name == "Subject")
    return "".join(lines).encode("utf-8")


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


def mailboxes(contacts: Sequence[ContactPoint]) -> str:
    """An address list. Raises CannotSend."""
    return ",\r\n ".join(mailbox(c.name or "", checked(c.value)) for c in contacts)


def mailbox(name: str, address: str) -> str:
    """`name <address>`, the name quoted or encoded as it needs; `address` is one that was checked."""
    flat = " ".join(clean(name).split())[:200]
    if not flat:
        return address
    if flat.isascii() and "=?" not in flat and len(flat) < 60 and not re.search(r'[\\"]', flat):
        return f"{flat} <{address}>" if _PLAIN_NAME.fullmatch(flat) else f'"{flat}" <{address}>'
    return f"{_encoded(flat)} <{address}>"


def checked(address: str) -> str:
    """An address that can stand in a header and an SMTP command as it is; international domains as ASCII.

    Raises CannotSend.
    """
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


def message_id(value: str) -> str:
    """A Message-ID in its brackets. Raises CannotSend."""
    if not _ID.fullmatch(value):
        raise CannotSend("the Message-ID is not valid")
    return f"<{value}>"


def message_ids(values: Sequence[str]) -> str:
    """Those that are valid, at most REFERENCES_CAP: the first, which names the thread, and the last ones."""
    known = [v for v in values if _ID.fullmatch(v) and len(v) < 900]
    if len(known) > REFERENCES_CAP:
        known = [known[0], *known[-(REFERENCES_CAP - 1) :]]
    return "\r\n ".join(f"<{v}>" for v in known)
