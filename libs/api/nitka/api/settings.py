"""The shop's settings of conversations: what all share, its time zone, inboxes with their hours, labels."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from nitka.api.conversations import Label, View
from nitka.events import Channel

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Account = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]


class Setting(BaseModel):
    """Base of what people set: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Changed(View):
    """Who changed a setting last; None for one that nobody has touched."""

    updated_by: str | None = None
    updated_at: datetime | None = None


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise ValueError("not a time zone of the IANA database") from None
    return name


Zone = Annotated[str, AfterValidator(_is_zone)]


# --- the shop as a whole -----------------------------------------------------------------------------------------


class SaveShop(Setting):
    """`time_zone`: whose days and clock everybody sees; None: each reader's own."""

    time_zone: Zone | None = None


class ShopSettings(Changed):
    settings: SaveShop


# --- inboxes and their hours -------------------------------------------------------------------------------------


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


SIGNATURE_VARIABLES = ("agent.name", "inbox.name", "shop.name")
"""What a signature may name, as in templates."""


class SaveInbox(Setting):
    """`name` signs automatic answers; `store` is the shop's name, which groups inboxes. `hours` None: always open.
    `queue` is the queue that new conversations join. `signature` stands below what agents send by mail."""

    channel: Channel
    name: Name
    store: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    hours: OpeningHours | None = None
    reopen_archived: bool = True
    ask_rating: bool = True
    queue: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] | None = None
    signature: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class InboxSettings(Changed):
    """An inbox: an account of a channel. `open_now` and `opens_at` are by its hours; `opens_at` is None when it is
    open, or never opens. `holidays` are those of the next twelve months."""

    account: str
    settings: SaveInbox
    conversations: int
    open_now: bool
    opens_at: datetime | None
    holidays: tuple[Holiday, ...]


# --- labels ------------------------------------------------------------------------------------------------------


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
