"""`/customers`: the customer panel and its search."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError

from nitka.api.customers import CustomerCard
from nitka.customer_profile.domain import normal
from nitka.customer_profile.store import Cards
from nitka.events import ContactPoint
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller, CurrentCaller, Role

Asked = Annotated[str, Query(min_length=2, max_length=200)]

_MAY_READ = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.SERVICE}


def router(cards: Cards) -> APIRouter:
    """Routes over the read model."""
    routes = APIRouter(prefix="/customers")

    @routes.get("/lookup")
    async def lookup(caller: CurrentCaller, contact: Annotated[str, Query(max_length=400)]) -> CustomerCard:
        """The customer who has this contact point, given as `kind:value`."""
        _authorise(caller)
        return _found(await cards.by_contact(_key(contact), datetime.now(UTC)))

    @routes.get("/ids")
    async def ids(caller: CurrentCaller, q: Asked) -> list[UUID]:
        """Whom the search finds, if they are few: empty when they are more than a person would look through."""
        _authorise(caller)
        return await cards.ids(q.replace("\x00", ""))

    @routes.get("/{customer_id}")
    async def card(caller: CurrentCaller, customer_id: UUID) -> CustomerCard:
        """The customer; for one who was merged, the one who stayed."""
        _authorise(caller)
        return _found(await cards.by_id(customer_id, datetime.now(UTC)))

    @routes.get("")
    async def search(caller: CurrentCaller, q: Asked) -> list[CustomerCard]:
        """Up to 20 customers by name, contact point, order number or id, without orders and history."""
        _authorise(caller)
        return await cards.search(q.strip().replace("\x00", ""), datetime.now(UTC))

    return routes


def _authorise(caller: Caller) -> None:
    if caller.role not in _MAY_READ:
        raise Problem(403, "forbidden", "Your role may not see customers.")


def _found(card: CustomerCard | None) -> CustomerCard:
    if card is None:
        raise Problem(404, "unknown_customer", "There is no such customer.")
    return card


def _key(contact: str) -> str:
    kind, _, value = contact.partition(":")
    try:
        return normal(ContactPoint.model_validate({"kind": kind, "value": value})).key
    except ValidationError:
        raise Problem(
            422, "invalid_contact", "Give the contact as kind:value, e.g. email:ann@example.com."
        ) from None
