"""HTTP models of the customer profile service."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from nitka.api.conversations import View
from nitka.events import ContactPoint, OrderLine, Segment


class OrderView(View):
    shop: str
    order_id: str
    placed_at: datetime
    total: Decimal
    currency: str
    status: str
    payment: str | None
    shipment: str | None
    cancelled: bool
    lines: tuple[OrderLine, ...]


class ActivityView(View):
    """One line of the activity history. `kind`: visit, product_view, order, message. `text` names the product,
    the order number or the conversation number."""

    at: datetime
    kind: str
    text: str
    url: str | None = None


class Money(View):
    amount: Decimal
    currency: str


class CustomerCard(View):
    """The customer panel. Figures leave cancelled orders out; `order_value` and `average_order_value` are per
    currency, the customer's main one first. `orders_per_month` is orders divided by the months since the first
    (at least one), None without orders. `segment` is as of the moment of the call."""

    id: UUID
    name: str | None
    contacts: tuple[ContactPoint, ...]
    undeliverable: tuple[str, ...]
    first_seen: datetime
    last_visit: datetime | None
    visits: int
    orders: int
    order_value: tuple[Money, ...]
    average_order_value: tuple[Money, ...]
    orders_per_month: float | None
    segment: Segment
    recent_orders: tuple[OrderView, ...]
    activity: tuple[ActivityView, ...]
