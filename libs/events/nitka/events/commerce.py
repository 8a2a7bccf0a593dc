"""`commerce.events.v1`: what customers do in the shop."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from pydantic import Field, model_validator

from nitka.events.common import ContactPoint
from nitka.events.envelope import Payload, Public, UtcDatetime


class CommercePayload(Payload):
    """Base: `shop` is the store's id, `customer_key` the shop's own customer number or else the e-mail.

    `contacts` are the person's contact points as the shop knows them; at least one.
    """

    shop: str = Field(min_length=1, max_length=200)
    customer_key: str = Field(min_length=1, max_length=320)
    contacts: tuple[ContactPoint, ...] = Field(min_length=1, max_length=20)


class OrderLine(Public):
    sku: str | None = None
    title: str
    quantity: int = Field(ge=0)
    unit_price: Decimal = Field(ge=0)


class OrderPlaced(CommercePayload):
    """An order as it stands now. A later event with the same `shop` and `order_id` replaces it.

    `total` is what the customer pays, in `currency` (ISO 4217). `status` is the shop's own word. The event
    occurred when the order last changed; `placed_at` is when the customer ordered (None: at that same moment).
    """

    TYPE: ClassVar[str] = "commerce.order_placed"

    order_id: str = Field(min_length=1, max_length=200)
    placed_at: UtcDatetime | None = None
    total: Decimal = Field(ge=0)
    currency: str = Field(min_length=3, max_length=3)
    lines: tuple[OrderLine, ...] = Field(default=(), max_length=1000)
    status: str = "placed"
    payment: str | None = None
    shipment: str | None = None
    cancelled: bool = False


class ShopVisited(CommercePayload):
    """A visit to the shop; with `product` a view of that product."""

    TYPE: ClassVar[str] = "commerce.shop_visited"

    visit_id: str = Field(min_length=1, max_length=200)
    url: str | None = Field(default=None, max_length=2000)
    product: str | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _no_script_url(self) -> ShopVisited:
        if self.url and not self.url.lower().startswith(("http://", "https://")):
            raise ValueError("url must start with http:// or https://")
        return self
