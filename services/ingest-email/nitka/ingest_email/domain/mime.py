"""From raw bytes to a tree of parts, by the fast parser if it can, else by the standard library's, under caps.

The fast parser (Rust) refuses what it finds broken: a header line that starts with a space, bad base64. The
standard library's `compat32` takes those, but is quadratic in nesting: hence the counts before it is asked.
"""

from __future__ import annotations

import quopri
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

import fast_mail_parser as fast

from nitka.ingest_email.domain.charsets import clean
from nitka.ingest_email.domain.headers import Headers, lenient_base64, parameters, split

BYTES_CAP = 64 * 1024 * 1024
PARTS_CAP = 400
DEPTH_CAP = 40
ENCODED_WORDS_CAP = 5_000
"""Marks of encoded words beyond which the fast parser, which is quadratic in them, is not asked."""
SLOW_BYTES_CAP, SLOW_BOUNDARIES_CAP, SLOW_LINES_CAP = 32 * 1024 * 1024, 100, 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A node of the MIME tree. `content` is the decoded body of a leaf; an embedded message is a leaf."""

    media_type: str
    charset: str | None = None
    filename: str = ""
    content_id: str | None = None
    disposition: str = ""
    content: bytes = b""
    children: tuple[Part, ...] = ()

    @property
    def is_multipart(self) -> bool:
        return self.media_type.startswith("multipart/")


@dataclass(frozen=True, slots=True)
class Mail:
    """A parsed mail. `root` is None when no parser understood it; `cut` says that a cap left something out."""

    raw: bytes
    headers: Headers
    body_at: int
    root: Part | None
    cut: bool = False

    @property
    def report_type(self) -> str:
        """The report-type of a multipart/report, "" for anything else."""
        field = self.headers.raw("content-type")
        is_report = field.lower().startswith("multipart/report")
        return parameters(field).get("report-type", "unknown").lower() if is_report else ""


def parse(raw: bytes) -> Mail:
    """Parse a mail; never raises."""
    cut = len(raw) > BYTES_CAP
    raw = raw[:BYTES_CAP] if cut else raw
    headers, body_at = split(raw)
    for parser in (_by_fast_parser, _by_standard_library):
        budget = _Budget()
        try:
            root = parser(raw, budget)
        except (fast.ParseError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            continue  # the next one is more patient; after the last the raw source itself is the message
        if root is not None:
            return Mail(raw, headers, body_at, root, cut or budget.exceeded)
    return Mail(raw, headers, body_at, None, cut)


def leaves(part: Part) -> Iterator[Part]:
    """All leaves below a part, in order."""
    if part.is_multipart:
        for child in part.children:
            yield from leaves(child)
    else:
        yield part


class _Budget:
    """How many parts may still be read, and how deep."""

    def __init__(self) -> None:
        self.parts, self.exceeded = PARTS_CAP, False

    def spend(self, depth: int) -> bool:
        self.parts -= 1
        if self.parts < 0 or depth > DEPTH_CAP:
            self.exceeded = True
            return False
        return True


def _by_fast_parser(raw: bytes, budget: _Budget) -> Part | None:
    if raw.count(b"=?") > ENCODED_WORDS_CAP:
        return None
    return _from_fast(fast.parse_email_tree(raw, mode="lazy"), budget, 0)


def _from_fast(node: fast.PyLazyMimePart, budget: _Budget, depth: int) -> Part | None:
    if not budget.spend(depth):
        return None
    media_type = node.content_type.lower()
    if media_type.startswith("multipart/"):
        read = (_from_fast(child, budget, depth + 1) for child in node.children if not budget.exceeded)
        return Part(media_type, children=tuple(part for part in read if part))
    field = next((v[0] for k, v in node.headers.items() if k.lower() == "content-type"), "")
    return _leaf(media_type, field, node.filename, node.content_id, node.disposition, node.content)


def _by_standard_library(raw: bytes, budget: _Budget) -> Part | None:
    lower = raw.lower()
    if (
        len(raw) > SLOW_BYTES_CAP
        or lower.count(b"boundary") > SLOW_BOUNDARIES_CAP
        or lower.count(b"message/rfc822") > SLOW_BOUNDARIES_CAP
        or raw.count(b"\n") > SLOW_LINES_CAP
    ):
        return None
    return _from_standard(message_from_bytes(raw, policy=compat32), budget, 0)


def _from_standard(message: Message, budget: _Budget, depth: int) -> Part | None:
    if not budget.spend(depth):
        return None
    media_type = message.get_content_type()
    if media_type.startswith("multipart/") and message.is_multipart():
        read = (_from_standard(c, budget, depth + 1) for c in _children(message) if not budget.exceeded)
        return Part(media_type, children=tuple(part for part in read if part))
    fields = [str(message.get(name) or "") for name in ("content-type", "content-disposition", "content-id")]
    given = parameters(fields[0]), parameters(fields[1])
    filename = given[1].get("filename") or given[0].get("name") or ""
    content_id = fields[2].strip("<> \t\r\n") or None
    disposition = fields[1].split(";", 1)[0].strip()
    return _leaf(media_type, fields[0], filename, content_id, disposition, _decoded(message))


def _children(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [p for p in payload if isinstance(p, Message)] if isinstance(payload, list) else []


def _decoded(message: Message) -> bytes:
    """The decoded body of a leaf, leniently; of an embedded message its source."""
    if message.is_multipart():
        return b"\n".join(m.as_bytes(policy=compat32) for m in _children(message))
    payload = message.get_payload()
    content = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
    encoding = str(message.get("content-transfer-encoding") or "").strip().lower()
    if encoding == "base64":
        return lenient_base64(content)
    return quopri.decodestring(content) if encoding == "quoted-printable" else content


def _leaf(
    media_type: str,
    field: str,
    filename: str,
    content_id: str | None,
    disposition: str | None,
    content: bytes | None,
) -> Part:
    charset = parameters(field).get("charset") if "charset" in field.lower() else None
    well_formed = "/" in media_type and len(media_type) < 128 and media_type.isprintable()
    return Part(
        media_type=media_type if well_formed else "application/octet-stream",
        charset=charset,
        filename=clean(filename),
        content_id=clean(content_id)[:998] if content_id else None,
        disposition=(disposition or "").strip().lower(),
        content=content or b"",
    )
