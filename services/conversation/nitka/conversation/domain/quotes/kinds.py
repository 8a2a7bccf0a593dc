"""What each line of a mail is: own words, a quote, the line above a quote, an earlier mail's headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from nitka.conversation.domain.quotes import words


class Kind(Enum):
    """What a line is."""

    TEXT = "text"
    EMPTY = "empty"
    QUOTE = "quote"
    INTRO = "intro"
    """Introduces a quote: "On Monday, Ann wrote:"."""
    HISTORY = "history"
    """Begins an earlier mail that goes on to the end: "-----Original Message-----", "From: … Sent: …"."""
    FORWARD = "forward"
    """Begins a mail that is passed on: what it holds is the message."""
    DELIMITER = "delimiter"
    """Stands above a signature: "-- "."""
    DEVICE = "device"


LINE_MAX: Final = 400
"""Characters; a longer line is somebody's text and nothing else."""
EXAMINED: Final = 5000
"""Lines that are looked at closely. What mail programs add to a text stands far above this."""
_WRAPPED: Final = 6
"""Lines over which a mail program breaks one introduction."""
_HEADERS: Final = 12
"""Lines of a header block, at most."""

_QUOTED = re.compile(r"\s{0,8}(?:[>＞]|[A-Z]{1,3}>)")
_DELIMITER = re.compile(r"\s{0,3}(?:--|_{2,})\s*$")
_BANNER = re.compile(r"\s*[-–—_=*]{2,}\s*([^-–—_=*\s].{0,80}?)\s*[-–—_=*]{2,}\s*:?\s*$")
_DRAWN = re.compile(r"\s*[-–—_=*]{2,}\s*\S")
_LABEL = re.compile(r"[\s*_]{0,8}([^\W\d_][^:：*<>@]{0,28}?)[\s*_]{0,4}[:：]")
_ENDS = re.compile(r"[:：]\W{0,8}$")
_ADDRESS_LAST = re.compile(r"[<(\[][^<>()\[\]]{0,300}@[^<>()\[\]]{1,200}[>)\]]?[>)\]\s]{0,4}:?$")
_WRAPPED_END = re.compile(r">\s?(?:[^\s>]{1,20}\s?)?[:：]\s*$")


def kinds(lines: Sequence[str], hints: Mapping[int, Kind]) -> list[Kind]:
    """What each line is."""
    found = [hints.get(i) or _by_itself(line, i) for i, line in enumerate(lines)]
    for i, kind in enumerate(found[:EXAMINED]):
        if kind in (Kind.TEXT, Kind.QUOTE) and i not in hints:
            start = _intro(lines, found, i)
            if start is not None:
                found[start : i + 1] = [Kind.INTRO] * (i + 1 - start)
    for i, kind in enumerate(found[:EXAMINED]):
        if kind is Kind.TEXT:
            found[i] = _other_mail(lines, found, i) or kind
    return found


def _by_itself(line: str, place: int) -> Kind:
    if not line or line.isspace():
        return Kind.EMPTY
    if _QUOTED.match(line):
        return Kind.QUOTE
    if len(line) > LINE_MAX or place >= EXAMINED:
        return Kind.TEXT
    if _DELIMITER.match(line):
        return Kind.DELIMITER
    if len(line) < 140 and words.DEVICE.match(line):
        return Kind.DEVICE
    return Kind.FORWARD if is_forward(line) else Kind.TEXT


def is_forward(line: str) -> bool:
    """Whether a mail that is passed on begins here."""
    found = words.FORWARDED.search(line)
    return found is not None and len(line) < 100 and bool(_DRAWN.match(line) or _ENDS.search(line))


def _intro(lines: Sequence[str], found: Sequence[Kind], end: int) -> int | None:
    """Where the introduction begins that ends with line `end`; None if none ends there."""
    line = lines[end].rstrip()
    if len(line) > LINE_MAX or not _could_end(line, found[end]):
        return None
    below = next((k for k in found[end + 1 : end + 4] if k is not Kind.EMPTY), None)
    best = None
    joined = ""
    for start in range(end, max(-1, end - _WRAPPED), -1):
        if not _goes_on(lines, found, start, end):
            break
        joined = f"{lines[start].strip()} {joined}" if joined else line.strip()
        if len(joined) > LINE_MAX:
            break
        if not introduces(joined, quote_below=below is Kind.QUOTE):
            continue
        if _opens(joined):
            return start
        dated = bool(words.DATE.search(joined))
        if best is None or (dated and not best[1]):
            best = (start, dated)
    return best[0] if best else None


def _could_end(line: str, kind: Kind) -> bool:
    if kind is Kind.QUOTE:  # a mail program that breaks lines may leave "> wrote:" or ">:" alone on the last one
        return bool(_WRAPPED_END.fullmatch(line))
    if _ENDS.search(line[-10:]):
        return True
    last = line.rstrip("-*_ ")
    return (last.endswith((">", ")")) and "@" in line) or bool(words.VERB.search(last[-12:]))


def _goes_on(lines: Sequence[str], found: Sequence[Kind], start: int, end: int) -> bool:
    """Whether a broken introduction may reach up to line `start`."""
    if start == end:
        return True
    if found[start] is Kind.EMPTY:
        return lines[start + 1].lstrip().startswith("<")
    return found[start] is Kind.TEXT and not _ENDS.search(lines[start][-10:])


def _opens(line: str) -> bool:
    return bool(words.OPENING.match(_bare(line)))


def _bare(line: str) -> str:
    """The line without what is drawn around it."""
    return line.strip(" \t-–—*_>|[]")


def introduces(line: str, *, quote_below: bool) -> bool:
    """Whether a line (joined, where it was broken) says who wrote what follows."""
    bare = line.strip(" \t-–—*_")
    colon = bare.endswith((":", "："))
    if not colon and "@" not in bare:
        return False
    address = words.ADDRESS.search(bare)
    verbs = list(words.VERB.finditer(bare))
    if not verbs:
        return _dated_address(bare, address)
    if words.OWN.search(bare):
        return quote_below and colon
    dated = bool(words.DATE.search(bare))
    if bare[verbs[-1].end() :].strip(" :：()") in _AFTER_VERB:
        enough = quote_below or bool(address) or (dated and _opens(bare))
        return enough if colon else dated and bool(address)
    return colon and _verb_inside(bare, bool(address))


_AFTER_VERB = {"", "het volgende", "følgende", "följande"}


def _dated_address(line: str, address: re.Match[str] | None) -> bool:
    """ "12.1.2026, 14:22, Ann <ann@shop.example>:"."""
    if not address or not words.DATE.search(line) or not _ADDRESS_LAST.search(line):
        return False
    return bool(words.DATE.match(line)) or (line.endswith((":", "：")) and "," in line[: address.start()])


def _verb_inside(line: str, has_address: bool) -> bool:
    """ "Am 12.3.2026 um 14:22 schrieb Ann:", "Ann <ann@shop.example> schrieb am 12.3.2026 um 14:22:"."""
    if has_address and words.DATE.search(line) and _opens(line):
        return True
    named = words.VERB_BEFORE_NAME.search(line)
    if named and words.DATE.search(line[: named.start()]):
        return _opens(line) or has_address
    address = words.ADDRESS.search(line)
    return bool(address and words.VERB.search(line, address.end()) and words.DATE.search(line, address.end()))


def _other_mail(lines: Sequence[str], found: Sequence[Kind], start: int) -> Kind | None:
    """HISTORY where an earlier mail begins: at a banner, or a block of From, Sent, To, Subject.

    FORWARD where the block is a mail's source that somebody has put in.
    """
    line = lines[start]
    if len(line) > LINE_MAX:
        return None
    banner = _BANNER.match(line)
    if banner:
        begins = words.ORIGINAL.search(banner[1]) or _headers(lines, found, start + 1).roles >= 2
        return Kind.HISTORY if begins else None
    block = _headers(lines, found, start)
    if block.roles < 3 or not block.of_mail:
        return None
    return Kind.FORWARD if block.raw else Kind.HISTORY


class _Headers(NamedTuple):
    """A block of headers: its parts, whether only a mail has such a one, whether it is a mail's source."""

    roles: int
    of_mail: bool
    raw: bool


def _headers(lines: Sequence[str], found: Sequence[Kind], start: int) -> _Headers:
    """The block from `start` on.

    A form may ask "From: To: Date:" as well; only a mail's has a subject, an address or says when it was sent.
    """
    labels: list[str] = []
    between = 0
    address = False
    for i in range(start, min(len(lines), start + _HEADERS)):
        if found[i] is not Kind.TEXT or len(lines[i]) > LINE_MAX or between > 3:
            break
        label = _LABEL.match(lines[i])
        name = label[1].strip().casefold() if label else ""
        if i == start and name not in words.ROLES:
            break
        between = 0 if label else between + 1
        address = address or "@" in lines[i]
        labels.append(name)
    roles = {words.ROLES[name] for name in labels if name in words.ROLES}
    of_mail = "from" in roles and (address or bool({"subject", "sent"} & roles))
    return _Headers(len(roles), of_mail, not words.SOURCE.isdisjoint(labels))
