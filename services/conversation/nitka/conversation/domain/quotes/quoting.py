"""What a mail says, as it is quoted below the answer to it. The rules beside this one fold it again."""

from __future__ import annotations

import re
from html import escape
from typing import Final, NamedTuple

from nitka.conversation.domain.quotes import trim

SIZE_MAX: Final = 20_000
"""Characters of a mail that are quoted."""
LOOKED_AT: Final = 5 * SIZE_MAX
"""Characters in which what it says newly is looked for."""
_NAME_MAX: Final = 100

_BLANK_LINES = re.compile(r"\n{3,}")
_BAR: Final = "margin:0 0 0 0.8ex;border-left:1px solid #cccccc;padding-left:1ex"


class Quote(NamedTuple):
    """A quote with the line above it, as plain text and as HTML."""

    text: str
    html: str


def one_line(name: str) -> str:
    """A name as it may stand in the line above a quote, whoever chose it."""
    return " ".join(name.split())[:_NAME_MAX]


def quote(line: str, text: str, sender: str | None = None) -> Quote | None:
    """What a mail says newly, below the `line` that introduces it; None where that is nothing. What it quotes
    itself is left out: else a thread's mails would grow without end. `sender` as in `trim`."""
    fresh = _BLANK_LINES.sub("\n\n", trim(text[:LOOKED_AT], sender).fresh).strip()
    if not fresh:
        return None
    said = f"{fresh[:SIZE_MAX].rstrip()}…" if len(fresh) > SIZE_MAX or len(text) > LOOKED_AT else fresh
    lines = said.split("\n")
    shown = "<br>".join(escape(one, quote=False) for one in lines)
    return Quote(
        text="\n".join([line, *(f"> {one}".rstrip() for one in lines)]),
        html=f'<div class="gmail_quote"><div class="gmail_attr">{escape(line, quote=False)}</div>'
        f'<blockquote type="cite" style="{_BAR}">{shown}</blockquote></div>',
    )
