"""HTTP models of what belongs to one agent: preferences, saved views, read marks, drafts, and where they are."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from nitka.api.commands import Files, Html, Points, Text
from nitka.api.conversations import View
from nitka.events import Attachment, ContactPoint

SEARCH_MAX = 2000
FIELDS_MAX = 100
_QUERY = re.compile(r"\??(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")


class Preferences(BaseModel):
    """How an agent likes to work; it follows them from browser to browser.

    `undo_seconds`: for how long an answer by mail can be taken back; 0: it leaves at once. `sound` and `desktop`:
    how they are told of news in their conversations. `language` and `theme` may be left to the browser (`auto`).
    """

    enter_to_send: bool = False
    undo_seconds: Literal[0, 5, 10, 20, 30] = 5
    sound: bool = True
    desktop: bool = False
    shortcuts: bool = True
    language: Literal["auto", "en", "pl", "pt-BR", "tr"] = "auto"
    theme: Literal["auto", "light", "dark"] = "auto"


def _query_string(text: str) -> str:
    if not _QUERY.fullmatch(text):
        raise ValueError("not the search part of an address")
    try:
        parse_qsl(text.removeprefix("?"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:  # too many, or no UTF-8
        raise ValueError("not the search part of an address") from None
    return text


class SaveView(BaseModel):
    """A named list. `search` is the search part of the list's address, with or without its `?`.

    `shared`: everybody sees it; its owner, supervisors and administrators may change it.
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    search: Annotated[str, StringConstraints(max_length=SEARCH_MAX), AfterValidator(_query_string)]
    shared: bool = False


class SavedView(View):
    """`owner`: the agent who made it."""

    id: UUID
    name: str
    search: str
    shared: bool
    owner: str


class Seen(BaseModel):
    """The caller has seen the conversation up to this `sequence` (the summary's)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int = Field(ge=0, le=2**31 - 1)


class DraftBody(BaseModel):
    """What an agent has begun to write. `subject` is used by a new conversation, `account` is its inbox.

    Longer than what can be saved where two drafts became one: nothing of them is lost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    mode: Literal["reply", "note", "forward", "redirect"] = "reply"
    text: str = ""
    html: str | None = None
    to: tuple[ContactPoint, ...] = ()
    cc: tuple[ContactPoint, ...] = ()
    bcc: tuple[ContactPoint, ...] = ()
    subject: str | None = None
    account: str | None = None
    message_id: UUID | None = None
    mentions: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class SaveDraft(DraftBody):
    """A draft to keep."""

    text: Text = ""
    html: Html | None = None
    to: Points = ()
    cc: Points = ()
    bcc: Points = ()
    subject: str | None = Field(default=None, max_length=500)
    account: str | None = Field(default=None, max_length=320)
    mentions: tuple[str, ...] = Field(default=(), max_length=50)
    attachments: Files = ()


class Draft(View):
    """`key` is the conversation's id for an answer in it, the id with `.note` or `.forward` for those, or "new"
    for a conversation that is to begin. `updated_at` names the version: who goes on with it says so."""

    key: str
    body: DraftBody
    updated_at: datetime


class SavedDraft(View):
    """The version that is kept now; None: none is, since there was nothing in it."""

    updated_at: datetime | None


class SetHere(BaseModel):
    """What this browser tab shows (the header `X-Nitka-Tab` names the tab).

    `conversation_id`: the open conversation, null: none. `typing`: an answer is being written in it.
    """

    conversation_id: UUID | None = None
    typing: bool = False


class HereAgent(View):
    agent_id: str
    typing: bool


class HereState(View):
    """`data` of the live stream's event `here`: the other agents who have this conversation open now."""

    conversation_id: UUID
    agents: tuple[HereAgent, ...]


class Mine(View):
    """`data` of the live stream's event `mine`: the agent changed something of theirs in another browser tab.

    `key`: of `read` the conversation's id, of `draft` its key, of `views` the view's id; else empty. `tab`: the
    one that changed it, as X-Nitka-Tab names it; tabs that share a stream know by that which was their own.
    """

    what: Literal["read", "draft", "preferences", "views"]
    key: str = Field(default="", max_length=200)
    tab: str = Field(default="", max_length=36)
