"""Rules: what happens to a customer's message by itself. Pure: facts in, effects out, in the rules' order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from nitka.api.folding import fold
from nitka.api.rules import Action, Condition, Fact, Group, Match, Op, Rule, SaveRule, Trigger
from nitka.events import ContactKind, ContactPoint

TEXT_LOOKED_AT = 20_000
"""Characters of a message that rules look at."""

STALE = timedelta(hours=24)
"""A message that arrives this long after it was written gets no automatic answer: a mailbox is being filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a customer's message when it arrives. `text` is what was written newly, without quotes.

    `first`: it opened the conversation. `report`: it came into one and tells of a mail of ours, not of the
    customer. `inside_hours`: somebody is there. `first_contact`: nobody has ever written from this address. Facts
    that no rule asks for (see `needs`) may be left at their defaults.
    """

    channel: str
    account: str
    sender: ContactPoint
    text: str
    subject: str = ""
    first: bool = False
    automatic: bool = False
    report: bool = False
    attachment: bool = False
    language: str | None = None
    inside_hours: bool = True
    customer_known: bool = False
    segment: str | None = None
    order_status: str | None = None
    first_contact: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a rule does."""

    rule_id: UUID
    action: Action
    window: timedelta


def needs(rules: Iterable[SaveRule]) -> frozenset[Fact]:
    """The facts that these rules ask for, so that nothing else has to be found out."""
    return frozenset(c.fact for rule in rules for group in rule.groups for c in group.conditions)


def evaluate(rules: Iterable[Rule], facts: Facts) -> list[Effect]:
    """What the enabled rules do to a message. A rule that matches and says `stop` is the last."""
    found: list[Effect] = []
    for one in sorted((r for r in rules if r.rule.enabled), key=lambda r: r.rule.position):
        if matches(one.rule, facts):
            window = timedelta(hours=one.rule.window_hours)
            found += [Effect(one.id, action, window) for action in one.rule.actions]
            if one.rule.stop:
                break
    return found


def matches(rule: SaveRule, facts: Facts) -> bool:
    """Whether a rule is about this message; one without conditions is about every one but a report on ours."""
    if rule.trigger is Trigger.FIRST and not facts.first:
        return False
    if facts.report and Fact.AUTOMATIC not in needs([rule]):
        return False
    return not rule.groups or _combine(rule.match, [_group(g, facts) for g in rule.groups])


def _group(group: Group, facts: Facts) -> bool:
    return _combine(group.match, [_holds(c, facts) for c in group.conditions])


def _combine(match: Match, found: Sequence[bool]) -> bool:
    return all(found) if match is Match.ALL else any(found)


_NEGATED = {Op.IS_NOT: Op.IS, Op.CONTAINS_NOT: Op.CONTAINS, Op.HAS_NOT_WORD: Op.HAS_WORD}


def _holds(condition: Condition, facts: Facts) -> bool:
    if condition.op in _NEGATED:
        return not _fits(condition, _NEGATED[condition.op], facts)
    return _fits(condition, condition.op, facts)


def _fits(condition: Condition, op: Op, facts: Facts) -> bool:
    """Whether one of the values fits, by an operator that is not negated."""
    match condition.fact:
        case Fact.TEXT | Fact.SUBJECT:
            text = folded(facts.text[:TEXT_LOOKED_AT] if condition.fact is Fact.TEXT else facts.subject)
            return any(_found(value, text, whole=op is Op.HAS_WORD) for value in condition.values)
        case Fact.SENDER:
            return any(_is_sender(value, facts.sender) for value in condition.values)
        case Fact.ORDER_STATUS:
            return facts.order_status is not None and folded(facts.order_status) in map(folded, condition.values)
    return _VALUES[condition.fact](facts) in condition.values


def _yes(found: bool) -> str:
    return "yes" if found else "no"


_VALUES: dict[Fact, Callable[[Facts], str | None]] = {
    Fact.CHANNEL: lambda facts: facts.channel,
    Fact.INBOX: lambda facts: facts.account,
    Fact.LANGUAGE: lambda facts: facts.language,
    Fact.HOURS: lambda facts: "inside" if facts.inside_hours else "outside",
    Fact.CUSTOMER: lambda facts: "known" if facts.customer_known else "unknown",
    Fact.SEGMENT: lambda facts: facts.segment,
    Fact.FIRST_CONTACT: lambda facts: _yes(facts.first_contact),
    Fact.ATTACHMENT: lambda facts: _yes(facts.attachment),
    Fact.AUTOMATIC: lambda facts: _yes(facts.automatic),
}


# --- words -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def folded(text: str) -> str:
    """A text as rules compare it: without case, accents and differences of white space."""
    return " ".join(fold(text).split())


def _found(value: str, text: str, *, whole: bool) -> bool:
    wanted = folded(value)
    if wanted not in text or not whole:
        return wanted in text
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None


def _is_sender(value: str, sender: ContactPoint) -> bool:
    """An address, or a domain with its subdomains when it begins with `@`."""
    wanted, address = value.lower(), sender.value.lower()
    if wanted.startswith("@"):
        return address.endswith(wanted) or address.partition("@")[2].endswith(f".{wanted[1:]}")
    return address == wanted


# --- may a machine answer? ---------------------------------------------------------------------------------------


class Quiet(StrEnum):
    """Why no automatic answer goes out."""

    AUTOMATIC = "automatic"
    MACHINE = "machine"
    OWN_INBOX = "own_inbox"
    STALE = "stale"
    WINDOW = "window"


_MACHINES = re.compile(
    r"^(mailer-daemon|postmaster|daemon|bounces?|majordomo|listserv|owner-.*|.*-(owner|request|bounces?))$"
    r"|(^|[._+-])(no|not|do[._-]?not|nie|nao|ne)[._-]?(reply|replies|responder|responda|odpowiadaj|repondre)"
    r"|^(auto-?reply|autoresponder|vacation)$"
)


def quiet(
    facts: Facts, recipient: ContactPoint, own: Iterable[str], written: datetime, arrived: datetime
) -> Quiet | None:
    """Why a message must not be answered by a machine; None when it may be.

    `recipient` is whom the answer would go to, `own` the addresses of our inboxes.
    """
    if facts.automatic:
        return Quiet.AUTOMATIC
    if arrived - written >= STALE:
        return Quiet.STALE
    ours = {address.lower() for address in own}
    for point in (facts.sender, recipient):
        if point.kind is not ContactKind.EMAIL:
            continue
        local, _, domain = point.value.lower().partition("@")
        if _MACHINES.search(local):
            return Quiet.MACHINE
        if {f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"} & ours:
            return Quiet.OWN_INBOX
    return None
