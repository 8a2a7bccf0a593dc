"""What the variables of templates and signatures stand for."""

from __future__ import annotations

from nitka.api.settings import SaveInbox
from nitka.conversation.domain import templates
from nitka.conversation.store.settings import CustomerFact


def signers(inbox: SaveInbox, agent: str) -> dict[str, str]:
    """The variables that say who writes."""
    return {"agent.name": agent, "inbox.name": inbox.name, "shop.name": inbox.store or inbox.name}


def values_of(
    *,
    name: str | None,
    address: str,
    number: int,
    subject: str | None,
    inbox: SaveInbox,
    agent: str,
    fact: CustomerFact | None,
) -> dict[str, str]:
    """The variables of a template for one conversation; what is unknown is empty."""
    return {
        "customer.name": name or "",
        "customer.first_name": templates.first_name(name),
        "customer.email": address if "@" in address else "",
        **signers(inbox, agent),
        "conversation.number": str(number),
        "conversation.subject": subject or "",
        "order.number": (fact and fact.last_order_number) or "",
        "order.status": (fact and fact.last_order_status) or "",
    }
