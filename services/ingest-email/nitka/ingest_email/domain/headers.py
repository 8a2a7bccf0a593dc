"""Header fields: from raw bytes to names, decoded words, addresses, message ids and dates.

Addresses and ids are read from the raw value and decoded afterwards, never the other way round: an encoded
word may hold a comma or an angle bracket that would make another address.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from urllib.parse import unquote_to_bytes

from nitka.events import ContactKind, ContactPoint
from nitka.ingest_email.domain.charsets import clean, decode

BLOCK_CAP = 256 * 1024
"""Bytes of a header block that are read; what follows is ignored."""
FIELDS_CAP = 1000
VALUE_CAP = 64 * 1024
ADDRESSES_CAP = 500
DATE_TOLERANCE = timedelta(days=7)
"""How old a Date may be when the mail arrives and still count: older ones are wrong clocks, or queue jumpers."""

_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_END = re.compile(rb"\r?\n\r?\n|\r\r")
_ENCODED = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(=\?[^?\s=]{1,60}\?[bBqQ]\?[^?]*\?=)\s+(?==\?[^?\s=]{1,60}\?[bBqQ]\?[^?]*\?=)")
_ID = re.compile(r"<([^<>]{1,1200})>")
_BARE_ID = re.compile(r"[^\s<>,;\"]{1,900}@[^\s<>,;\"]{1,255}")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[(),;:]|[^\s"<>(),;:]+|\s+|>')
_ADDRESS = re.compile(r"[^\s<>()\",;:\\\x00-\x1f]{1,255}@[^\s<>()\",;:\\@\x00-\x1f]{1,255}")
_QUOTED_LOCAL = re.compile(r'"[^"\\\r\n]{1,64}"@[^\s<>()",;:\\@]{1,255}')
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,60})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)')
_FOLD = re.compile(r"\s+")


class Headers:
    """The fields of one header block, in order; names in lower case. Values are read when they are asked for."""

    def __init__(self, fields: Iterable[tuple[str, bytes]] = ()) -> None:
        self._fields: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return sum(len(values) for values in self._fields.values())

    def all(self, name: str) -> list[str]:
        """All values of a field, unfolded and not decoded."""
        return [_unfold(value) for value in self._fields.get(name, ())]

    def raw(self, name: str) -> str:
        """The first value, "" for none."""
        values = self._fields.get(name)
        return _unfold(values[0]) if values else ""

    def text(self, name: str) -> str:
        """The first value with encoded words decoded and white space collapsed."""
        return words(self.raw(name))

    def word(self, name: str) -> str:
        """The first token of a structured field in lower case, without its parameters."""
        return self.raw(name).split(";", 1)[0].strip().lower()

    def addresses(self, *names: str) -> tuple[ContactPoint, ...]:
        """All addresses of these fields, each once."""
        found = [a for name in names for value in self.all(name) for a in addresses(value)]
        return tuple({a.value: a for a in reversed(found)}.values())[::-1][:ADDRESSES_CAP]

    def ids(self, name: str) -> tuple[str, ...]:
        """All message ids of a field in order, each once."""
        return tuple(dict.fromkeys(i for value in self.all(name) for i in message_ids(value)))


def split(raw: bytes) -> tuple[Headers, int]:
    """The header block of a mail and where its body begins."""
    start = len(raw) - len(raw[:4096].lstrip(b"\r\n")) if raw[:1] in (b"\r", b"\n") else 0
    start = min(start, 4096)
    if _NAME.match(raw, start) is None and not raw.startswith((b"From ", b">From ", b" ", b"\t"), start):
        return Headers(), start
    end = _END.search(raw, start, start + BLOCK_CAP)
    until, body = end.span() if end else (min(len(raw), start + BLOCK_CAP),) * 2
    return Headers(_fields(raw[start:until])), body


def _fields(block: bytes) -> Iterator[tuple[str, bytes]]:
    """Fields of a block. A line that is neither a field nor a continuation is skipped."""
    if b"\n" not in block:
        block = block.replace(b"\r", b"\n")
    for field in islice(_FIELD.finditer(block), FIELDS_CAP):
        yield field.group(1).decode("ascii").lower(), field.group(2)


def _unfold(value: bytes) -> str:
    return decode(value[:VALUE_CAP].replace(b"\r", b"").replace(b"\n", b""), None).strip()


def words(value: str) -> str:
    """A value with its encoded words (RFC 2047) decoded, white space collapsed, harmless to store."""
    if "=?" in value:
        value = _ENCODED.sub(_Words(), _BETWEEN.sub(r"\1", value))
    return clean(_FOLD.sub(" ", value)).strip()


class _Words:
    """Replaces encoded words; a character split over two words of the same charset is put together."""

    def __init__(self) -> None:
        self._end, self._open, self._charset = -1, b"", ""

    def __call__(self, match: re.Match[str]) -> str:
        charset, encoding, text = match.groups()
        charset = charset.split("*", 1)[0].lower()
        content = _decode_word(encoding, text)
        if match.start() == self._end and charset == self._charset:
            content = self._open + content
        self._open, self._charset, self._end = b"", charset, match.end()
        following = match.string.startswith(f"=?{match.group(1)}?", match.end())
        if following and charset in ("utf-8", "utf8"):
            content, self._open = _whole_characters(content)
        return decode(content, charset)


def _decode_word(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return quopri.decodestring(text.replace("_", " ").encode("utf-8", "replace"), header=True)
    return lenient_base64(text.encode("ascii", "ignore"))


def _whole_characters(content: bytes) -> tuple[bytes, bytes]:
    for back in range(1, min(4, len(content) + 1)):
        byte = content[-back]
        if byte >= 0xC0:
            width = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return (content[:-back], content[-back:]) if back < width else (content, b"")
        if byte < 0x80:
            break
    return content, b""


def lenient_base64(content: bytes) -> bytes:
    """Decode base64 as readers do: skip what is none of its letters, stop at the end, mend the padding."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content.split(b"=", 1)[0] if content.count(b"=") > 2 else content)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return b""


def message_ids(value: str) -> Iterator[str]:
    """Message ids in a value, without angle brackets; bare ones count when there are no brackets."""
    found = _ID.findall(value) or _BARE_ID.findall(value[:4000])
    for one in found:
        cleaned = clean(re.sub(r"\s+", "", one))[:998]
        if cleaned:
            yield cleaned


def addresses(value: str) -> Iterator[ContactPoint]:
    """The mailboxes in an address field; groups are flattened, what is no address is left out."""
    name, angle, comment, depth, group = "", "", "", 0, False
    for piece in [*_PIECE.findall(value[:VALUE_CAP]), ","]:
        if piece in ("(", ")") or depth:
            depth = max(0, depth + (piece == "(") - (piece == ")"))
            comment += piece if depth and piece != "(" else ""
        elif piece in (",", ";"):
            yield from _mailbox(name, angle, comment)
            name, angle, comment, group = "", "", "", group and piece == ","
        elif piece == ":" and "@" not in name and not group:
            name, angle, comment, group = "", "", "", True
        elif piece.startswith("<"):
            angle = angle or piece.strip("<> \t")
        elif piece != ">":
            name += piece
    if depth:
        yield from _mailbox(name, angle, comment)


def _mailbox(name: str, angle: str, comment: str) -> Iterator[ContactPoint]:
    name = name.strip()
    address = _address(angle) if angle else _address(name)
    if address is None and (found := _ADDRESS.search(name[:1000])):
        address, name = found.group().lower().rstrip("."), name.replace(found.group(), "")
    if address is None:
        return
    shown = words(_unquote(name)) if angle else words(comment)
    yield ContactPoint(kind=ContactKind.EMAIL, value=address, name=shown.strip("'\" ")[:200] or None)


def _address(text: str) -> str | None:
    """A normalised address (lower case), None when it is none."""
    text = clean(text.strip().removeprefix("mailto:"))
    if text.startswith("@") and ":" in text:  # an obsolete source route
        text = text.rpartition(":")[2]
    whole = _ADDRESS.fullmatch(text) or _QUOTED_LOCAL.fullmatch(text)
    return text.lower().rstrip(".") if whole and len(text) <= 320 else None


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace('"', "")) if '"' in text else text


def parameters(value: str) -> dict[str, str]:
    """Parameters of a structured field, with continuations and charsets (RFC 2231) put together and decoded."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, bytes]] = {}
    for name, given in _PARAMETER.findall(value[:VALUE_CAP]):
        quoted = given.startswith('"')
        text = _unquote(given) if quoted else given.strip()
        base, star, number = name.lower().partition("*")
        if not star:
            plain.setdefault(base, words(text))
            continue
        encoded = number.endswith("*") or number == ""
        index = int(number.rstrip("*")) if number.rstrip("*").isdecimal() and len(number) < 5 else 0
        content = unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
        pieces.setdefault(base, {})[index] = content
    for base, parts in pieces.items():
        plain[base] = _extended(b"".join(parts[i] for i in sorted(parts)))
    return plain


def _extended(content: bytes) -> str:
    charset, quote, rest = content.partition(b"'")
    _language, second, text = rest.partition(b"'")
    if quote and second and len(charset) < 40:
        return clean(decode(text, charset.decode("ascii", "replace") or None))
    return clean(decode(content, None))


def date(value: str, received_at: datetime) -> datetime:
    """When a mail was written: its Date if that is believable, else when it was received.

    A Date has whole seconds, and a machine answers faster than that: the end of the second is taken, or an
    out-of-office note would stand before the mail that it answers.
    """
    try:
        written = parsedate_to_datetime(value[:100])
        written = written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return received_at
    if not received_at - DATE_TOLERANCE <= written <= received_at:
        return received_at
    return min(written.replace(microsecond=999_999), received_at)
