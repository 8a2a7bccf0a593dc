"""The shop's settings of conversations: inboxes with their hours, rules, templates, labels.

Rules are data: these models are what is stored, what the API speaks, and what the conversation service evaluates.
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from nitka.api.conversations import Label, View
from nitka.events import Channel, ContactPoint, Segment
from nitka.events.conversation import Priority

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Account = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]

WINDOW_HOURS_MAX = 24 * 90
"""The longest time in which a rule answers nobody twice."""


class Setting(BaseModel):
    """Base of what people set: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Changed(View):
    """Who changed a setting last; None for one that nobody has touched."""

    updated_by: str | None = None
    updated_at: datetime | None = None


# --- inboxes and their hours -------------------------------------------------------------------------------------


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise ValueError("not a time zone of the IANA database") from None
    return name


Zone = Annotated[str, AfterValidator(_is_zone)]


class Interval(Setting):
    """When somebody is there on a weekday (0 is Monday). `closes` at or before `opens` lies on the next day, so
    00:00 to 00:00 is the whole day."""

    weekday: int = Field(ge=0, le=6)
    opens: time
    closes: time


class OpenDay(Setting):
    """A date that has hours of its own instead of its weekday's, also when it is a holiday."""

    day: date
    opens: time
    closes: time


class OpeningHours(Setting):
    """Business hours on the wall clock of `zone`. On holidays of `country` (ISO 3166) and on `closed` days nobody
    is there, whatever the week says."""

    zone: Zone = "UTC"
    weekly: tuple[Interval, ...] = Field(default=(), max_length=70)
    country: str | None = Field(default=None, min_length=2, max_length=2)
    subdivision: str | None = Field(default=None, max_length=10)
    closed: tuple[date, ...] = Field(default=(), max_length=400)
    extra: tuple[OpenDay, ...] = Field(default=(), max_length=400)


class Holiday(View):
    day: date
    name: str


class HolidayCountry(View):
    """A country whose holidays are known, with its parts that have holidays of their own."""

    code: str
    subdivisions: tuple[str, ...]


class SaveInbox(Setting):
    """`name` signs automatic answers; `store` is the shop's name, which groups inboxes. `hours` None: always open.
    `queue` is the queue that new conversations join."""

    channel: Channel
    name: Name
    store: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    hours: OpeningHours | None = None
    reopen_archived: bool = True
    ask_rating: bool = True
    queue: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] | None = None


class InboxSettings(Changed):
    """An inbox: an account of a channel. `open_now` and `opens_at` are by its hours; `opens_at` is None when it is
    open, or never opens. `holidays` are those of the next twelve months."""

    account: str
    settings: SaveInbox
    conversations: int
    open_now: bool
    opens_at: datetime | None
    holidays: tuple[Holiday, ...]


# --- rules -------------------------------------------------------------------------------------------------------


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


# --- templates and labels ----------------------------------------------------------------------------------------

VARIABLES = (
    "customer.name",
    "customer.first_name",
    "customer.email",
    "agent.name",
    "conversation.number",
    "conversation.subject",
    "inbox.name",
    "shop.name",
    "order.number",
    "order.status",
)
"""What a template may name: `{{customer.first_name}}`, or with words for when it is unknown,
`{{customer.first_name|there}}`."""

TEMPLATE_MAX = 50_000
"""Characters of a template."""


class TemplateText(Setting):
    """A template in another language; `language` as in rules."""

    language: Language
    text: str = Field(min_length=1, max_length=TEMPLATE_MAX)
    html: str | None = Field(default=None, max_length=2 * TEMPLATE_MAX)


class SaveTemplate(Setting):
    """A saved reply, shared by all. `html` is `text`, formatted; it is made safe when it is saved. `shortcut` is
    typed after `/`. `variants` are used where the customer's language is known."""

    name: Name
    shortcut: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\w-]{0,40}$")] = ""
    text: str = Field(min_length=1, max_length=TEMPLATE_MAX)
    html: str | None = Field(default=None, max_length=2 * TEMPLATE_MAX)
    variants: tuple[TemplateText, ...] = Field(default=(), max_length=len(Language))


class Template(Changed):
    """`rules` are the names of rules that send it."""

    id: UUID
    template: SaveTemplate
    rules: tuple[str, ...] = ()


class Rendered(View):
    """A template filled in for a conversation. `missing` are variables that stay empty there. `language`: what the
    customer writes in, where the template has variants and the language can be told."""

    text: str
    html: str | None
    language: Language | None = None
    missing: tuple[str, ...]


class Colour(StrEnum):
    """A label's colour is a name; the app has a light and a dark tone of each with enough contrast."""

    GREY = "grey"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    VIOLET = "violet"
    PINK = "pink"
    BROWN = "brown"


class SaveLabel(Setting):
    name: Label
    colour: Colour = Colour.GREY


class LabelView(Changed):
    """A label; one that came into being by being put on a conversation is grey. `conversations`: how many open and
    snoozed ones have it."""

    name: str
    colour: Colour
    conversations: int


class LabelUses(View):
    """What deleting a label would change."""

    conversations: int
    rules: tuple[str, ...]
