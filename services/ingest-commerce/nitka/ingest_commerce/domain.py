"""What a shop sends, checked, and the events that it becomes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from nitka.events import (
    Actor,
    ActorKind,
    ContactKind,
    ContactPoint,
    Envelope,
    OrderLine,
    OrderPlaced,
    ShopVisited,
    UtcDatetime,
    derived_id,
    envelope,
)

BATCH = 500
"""Orders or visits in one request."""

CLOCK_SKEW = timedelta(days=1)
"""How far in the future a shop's time may lie; a visit of next year would keep a customer active for a year."""


def _email(value: str) -> str:
    value = value.strip().lower()
    if not re.fullmatch(r"[^\s@<>,;\x00-\x1f]{1,64}@[^\s@<>,;\x00-\x1f]{1,255}", value):
        raise ValueError("not an e-mail address")
    return value


def _phone(value: str) -> str:
    digits = re.sub(r"[\s().\-/]", "", value)
    digits = f"+{digits[2:]}" if digits.startswith("00") else digits
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        raise ValueError("not an international phone number such as +48600100200")
    return digits


def _printable(value: str) -> str:
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", value):
        raise ValueError("control characters are not allowed")
    return value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str, AfterValidator(_printable)]
Id = Annotated[Text, Field(min_length=1, max_length=200)]
Amount = Annotated[Decimal, Field(ge=0, lt=10**12, decimal_places=4)]


class Body(BaseModel):
    """Base of request models. Unknown fields are refused: a misspelt one would silently be lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Customer(Body):
    """Who it was, as far as the shop knows: at least one of `id`, `email` and `phone`."""

    id: Annotated[Id | None, BeforeValidator(_blank_is_none)] = Field(
        default=None, description="The shop's own customer number."
    )
    email: Annotated[
        Annotated[str, Field(max_length=320), AfterValidator(_email)] | None, BeforeValidator(_blank_is_none)
    ] = Field(default=None, examples=["ann@example.com"])
    phone: Annotated[
        Annotated[str, Field(max_length=40), AfterValidator(_phone)] | None, BeforeValidator(_blank_is_none)
    ] = Field(default=None, description="International, with + and country code.", examples=["+48600100200"])
    name: Annotated[Annotated[Text, Field(max_length=200)] | None, BeforeValidator(_blank_is_none)] = None

    @model_validator(mode="after")
    def _somebody(self) -> Customer:
        if not (self.id or self.email or self.phone):
            raise ValueError("give at least one of id, email and phone")
        return self

    @property
    def key(self) -> str:
        """The shop's name for this person."""
        found = self.id or self.email or self.phone
        assert found  # the validator made sure
        return found

    def contacts(self, shop: str) -> tuple[ContactPoint, ...]:
        """The person's contact points; a customer number means something in its own shop only."""
        values = {
            ContactKind.EMAIL: self.email,
            ContactKind.PHONE: self.phone,
            ContactKind.SHOP: f"{shop}:{self.id}"[:320] if self.id else None,
        }
        return tuple(ContactPoint(kind=k, value=v, name=self.name) for k, v in values.items() if v)


class Line(Body):
    sku: Annotated[Text, Field(max_length=200)] | None = None
    title: Annotated[Text, Field(min_length=1, max_length=500)]
    quantity: int = Field(ge=0, lt=10**9)
    unit_price: Amount


class Order(Body):
    """An order as it stands now. Send it again when it changes, with the time of the change as `updated_at`."""

    order_id: Id
    customer: Customer
    placed_at: UtcDatetime
    updated_at: UtcDatetime | None = Field(default=None, description="Last change; `placed_at` when missing.")
    total: Amount = Field(description="What the customer pays.", examples=["129.90"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["PLN"])
    lines: tuple[Line, ...] = Field(default=(), max_length=1000)
    status: Annotated[Text, Field(min_length=1, max_length=200)] = "placed"
    payment: Annotated[Text, Field(max_length=200)] | None = None
    shipment: Annotated[Text, Field(max_length=200)] | None = None
    cancelled: bool = False

    @property
    def at(self) -> datetime:
        return self.updated_at or self.placed_at

    @model_validator(mode="after")
    def _changes_follow(self) -> Order:
        if self.at < self.placed_at:
            raise ValueError("updated_at is before placed_at")
        return self

    def payload(self, shop: str) -> OrderPlaced:
        return OrderPlaced(
            shop=shop,
            customer_key=self.customer.key,
            contacts=self.customer.contacts(shop),
            order_id=self.order_id,
            placed_at=self.placed_at,
            total=self.total,
            currency=self.currency,
            lines=tuple(OrderLine(**line.model_dump()) for line in self.lines),
            status=self.status,
            payment=self.payment,
            shipment=self.shipment,
            cancelled=self.cancelled,
        )

    def identity(self) -> tuple[str, ...]:
        """The same order with the same time of change is the same fact."""
        return "order", self.order_id, self.at.isoformat()


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^\s/]", value, re.IGNORECASE):
        raise ValueError("not an http or https address")
    return value


class Visit(Body):
    """A visit to the shop; with `product`, a view of that product."""

    visit_id: Id
    customer: Customer
    at: UtcDatetime
    url: Annotated[Text, Field(max_length=2000), AfterValidator(_web_address)] | None = None
    product: Annotated[Text, Field(min_length=1, max_length=500)] | None = None

    def payload(self, shop: str) -> ShopVisited:
        return ShopVisited(
            shop=shop,
            customer_key=self.customer.key,
            contacts=self.customer.contacts(shop),
            visit_id=self.visit_id,
            url=self.url,
            product=self.product,
        )

    def identity(self) -> tuple[str, ...]:
        """A visit is one fact, whatever else is said of it later."""
        return "visit", self.visit_id


def to_event(shop: str, item: Order | Visit, now: datetime, traceparent: str | None) -> Envelope:
    """The event of an order or visit. Raises ValueError for one of the future."""
    if item.at > now + CLOCK_SKEW:
        raise ValueError("the time lies in the future")
    payload = item.payload(shop)
    return envelope(
        payload,
        event_id=derived_id(shop, *item.identity()),
        actor=Actor(kind=ActorKind.CUSTOMER, id=payload.contacts[0].key),
        occurred_at=item.at,
        recorded_at=now,
        traceparent=traceparent,
    )
