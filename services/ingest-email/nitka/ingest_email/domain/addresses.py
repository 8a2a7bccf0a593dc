"""Our inboxes: which of them a recipient means, and the conversation tokens in plus-addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nitka.events import ContactPoint

_TOKEN = re.compile(r"[a-z2-7]{39}")


class Unknown(StrEnum):
    """What becomes of recipients that are no inbox: refused, or taken by the first inbox (of that domain)."""

    REFUSE = "refuse"
    DOMAIN = "domain"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Inboxes:
    """The addresses that customers write to, in lower case; the first one takes what has no other place."""

    addresses: tuple[str, ...]
    unknown: Unknown = Unknown.REFUSE

    def account(self, recipient: str) -> str | None:
        """The inbox that takes mail for this recipient; None: nobody here does."""
        plain = _plain(recipient)
        if plain in self.addresses:
            return plain
        domain = plain.rpartition("@")[2]
        if self.unknown is Unknown.REFUSE or "@" not in recipient:
            return None
        same_domain = [a for a in self.addresses if a.rpartition("@")[2] == domain]
        if same_domain or self.unknown is Unknown.ANY:
            return (same_domain or list(self.addresses))[0]
        return None

    def named(self, contacts: Iterable[ContactPoint]) -> tuple[ContactPoint, ...]:
        """Recipients, each once; an address of ours loses its plus-suffix, which is no other mailbox."""
        found: dict[str, ContactPoint] = {}
        for contact in contacts:
            plain = _plain(contact.value)
            one = contact.model_copy(update={"value": plain}) if plain in self.addresses else contact
            found.setdefault(one.value, one)
        return tuple(found.values())

    def tokens(self, recipients: Iterable[str], account: str) -> tuple[str, ...]:
        """Conversation tokens in the plus-suffixes of an inbox's addresses. Only their owner can verify them."""
        found: dict[str, None] = {}
        for recipient in recipients:
            suffix = recipient.lower().rpartition("@")[0].partition("+")[2]
            if _TOKEN.fullmatch(suffix) and account in (_plain(recipient), self.account(recipient)):
                found[suffix] = None
        return tuple(found)[:20]


def _plain(recipient: str) -> str:
    """The address in lower case, without its plus-suffix."""
    local, _, domain = recipient.strip().strip("<>").lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def plus(address: str, suffix: str) -> str:
    """`local+suffix@domain`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{suffix}@{domain}"
