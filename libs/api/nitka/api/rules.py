"""Rules are data: what is stored, what the API speaks, and what the conversation service evaluates."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from nitka.api.conversations import Label, View
from nitka.api.settings import Changed, Name, Setting
from nitka.events import Channel, ContactPoint, Segment
from nitka.events.conversation import Priority

WINDOW_HOURS_MAX = 24 * 90
"""The longest time in which a rule answers nobody twice."""


class Fact(StrEnum):
    """What a condition looks at. `customer_orders` and `order_status` speak of the customer behind the sender."""

    CHANNEL = "channel"
    INBOX = "inbox"
    TEXT = "text"
    SUBJECT = "subject"
    SENDER = "sender"
    LANGUAGE = "language"
    HOURS = "hours"
    CUSTOMER = "customer"
    SEGMENT = "segment"
    ORDER_STATUS = "order_status"
    FIRST_CONTACT = "first_contact"
    ATTACHMENT = "attachment"
    AUTOMATIC = "automatic"


class Op(StrEnum):
    """`contains` finds a part of a word, `has_word` whole words only; all compare without regard to case and
    accents, and are true when one of the values fits. The negations are true when none does."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains_not"
    HAS_WORD = "has_word"
    HAS_NOT_WORD = "has_not_word"


class Language(StrEnum):
    """Languages that rules can tell apart."""

    ENGLISH = "en"
    POLISH = "pl"
    PORTUGUESE = "pt"
    TURKISH = "tr"
    GERMAN = "de"
    SPANISH = "es"
    FRENCH = "fr"
    ITALIAN = "it"
    UKRAINIAN = "uk"
    CZECH = "cs"
    DUTCH = "nl"


_YES_NO = frozenset({"yes", "no"})
_IS, _EITHER = frozenset({Op.IS}), frozenset({Op.IS, Op.IS_NOT})
_WORDS = frozenset({Op.CONTAINS, Op.CONTAINS_NOT, Op.HAS_WORD, Op.HAS_NOT_WORD})

CONDITIONS: dict[Fact, tuple[frozenset[Op], frozenset[str] | None]] = {
    # what it looks at       how it compares   with which values (None: any)
    Fact.CHANNEL: (_EITHER, frozenset(Channel)),
    Fact.INBOX: (_EITHER, None),
    Fact.TEXT: (_WORDS, None),
    Fact.SUBJECT: (_WORDS, None),
    Fact.SENDER: (_EITHER, None),
    Fact.LANGUAGE: (_EITHER, frozenset(Language)),
    Fact.HOURS: (_IS, frozenset({"inside", "outside"})),
    Fact.CUSTOMER: (_IS, frozenset({"known", "unknown"})),
    Fact.SEGMENT: (_EITHER, frozenset(Segment)),
    Fact.ORDER_STATUS: (_EITHER, None),
    Fact.FIRST_CONTACT: (_IS, _YES_NO),
    Fact.ATTACHMENT: (_IS, _YES_NO),
    Fact.AUTOMATIC: (_IS, _YES_NO),
}

Value = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]


class Condition(Setting):
    """True when one of `values` fits. `sender` takes addresses and domains (`@example.com`)."""

    fact: Fact
    op: Op
    values: tuple[Value, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _fits(self) -> Condition:
        ops, values = CONDITIONS[self.fact]
        if self.op not in ops:
            raise ValueError(f"{self.fact.value} cannot be compared by {self.op.value}")
        if values is not None and (unknown := set(self.values) - values):
            raise ValueError(f"{self.fact.value} is never {', '.join(sorted(unknown))}")
        return self


class Match(StrEnum):
    ALL = "all"
    ANY = "any"


class Group(Setting):
    """Conditions of which all, or any, must be true."""

    match: Match = Match.ALL
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=30)


class AddLabel(Setting):
    kind: Literal["add_label"] = "add_label"
    label: Label


class SendTemplate(Setting):
    """Answer with a template, by itself."""

    kind: Literal["reply"] = "reply"
    template_id: UUID


class AssignTo(Setting):
    kind: Literal["assign"] = "assign"
    agent_id: str = Field(min_length=1, max_length=200)


class ToQueue(Setting):
    kind: Literal["queue"] = "queue"
    queue: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class WithPriority(Setting):
    kind: Literal["priority"] = "priority"
    priority: Priority


Action = Annotated[AddLabel | SendTemplate | AssignTo | ToQueue | WithPriority, Field(discriminator="kind")]


class Trigger(StrEnum):
    """`first`: the message that opens a conversation."""

    FIRST = "first"
    ANY = "any"


class SaveRule(Setting):
    """What happens to a customer's message. Rules are looked at in the order of `position`; one that matches and
    has `stop` is the last. No groups: it always matches. An automatic answer goes out once in `window_hours` at
    most, to a conversation and to an address."""

    name: Name
    enabled: bool = True
    position: int = Field(default=0, ge=0, le=10_000)
    trigger: Trigger = Trigger.ANY
    match: Match = Match.ALL
    groups: tuple[Group, ...] = Field(default=(), max_length=10)
    actions: tuple[Action, ...] = Field(min_length=1, max_length=10)
    stop: bool = False
    window_hours: int = Field(default=24, ge=1, le=WINDOW_HOURS_MAX)


class Rule(Changed):
    id: UUID
    rule: SaveRule


class RuleName(View):
    """What a rule is called, or was when it was deleted: what it did says so."""

    id: UUID
    name: str


class Outcome(View):
    """What a rule would do to a conversation. `preview` is of the message that it was tried on; `quiet` says
    why an automatic answer would not go out."""

    conversation_id: UUID
    number: int
    contact: ContactPoint
    subject: str | None
    preview: str
    at: datetime
    actions: tuple[Action, ...]
    quiet: str | None


class Preview(View):
    """A rule tried on the newest customer message of the last conversations; nothing was changed."""

    looked_at: int
    matched: tuple[Outcome, ...]


class TryRule(Setting):
    rule: SaveRule
