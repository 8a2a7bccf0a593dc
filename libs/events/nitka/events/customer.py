"""`customer.events.v1`: what the profile service knows of customers."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from nitka.events.common import ContactPoint
from nitka.events.envelope import Payload


class Segment(StrEnum):
    """Activity by last visit: within 7 days, at least 7, at least 30. `unknown`: never seen in the shop."""

    ACTIVE = "active"
    LOW_RISK = "low_risk"
    HIGH_RISK = "high_risk"
    UNKNOWN = "unknown"


class CustomerIdentified(Payload):
    """A customer exists with these contact points (all that are known, not only new ones)."""

    TYPE: ClassVar[str] = "customer.identified"

    customer_id: UUID
    name: str | None = None
    contacts: tuple[ContactPoint, ...]


class CustomerUpdated(Payload):
    """Figures of the panel changed; read the rest of the new ones at the API. None: not known."""

    TYPE: ClassVar[str] = "customer.updated"

    customer_id: UUID
    segment: Segment | None = None
    orders: int | None = None
    last_order_number: str | None = None
    last_order_status: str | None = None


class SegmentChanged(Payload):
    TYPE: ClassVar[str] = "customer.segment_changed"

    customer_id: UUID
    segment: Segment
    previous: Segment


class CustomersMerged(Payload):
    """`merged_id` turned out to be the same person as `customer_id`, which stays."""

    TYPE: ClassVar[str] = "customer.merged"

    customer_id: UUID
    merged_id: UUID


class CustomerErased(Payload):
    """Forget this person: delete what you hold under these contact points."""

    TYPE: ClassVar[str] = "customer.erased"

    customer_id: UUID
    contacts: tuple[ContactPoint, ...] = ()
