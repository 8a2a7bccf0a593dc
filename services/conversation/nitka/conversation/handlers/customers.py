"""What the profile tells of customers, as far as rules and templates ask for it."""

from __future__ import annotations

from nitka.conversation.handlers.unit import Unit
from nitka.conversation.store.settings import CustomerFact, forget_customer, join_customers, note_customer
from nitka.events import CustomerErased, CustomersMerged, CustomerUpdated, Payload, SegmentChanged


def note_facts(unit: Unit, payload: Payload) -> None:
    """Keep what an event of `customer.events.v1` says. The events of one customer come in order."""
    match payload:
        case CustomerUpdated():
            fact = CustomerFact(
                segment=payload.segment and payload.segment.value,
                orders=payload.orders,
                last_order_number=payload.last_order_number,
                last_order_status=payload.last_order_status,
            )
            note_customer(unit.cursor, payload.customer_id, fact)
        case SegmentChanged():
            fact = CustomerFact(payload.segment.value, None, None, None)
            note_customer(unit.cursor, payload.customer_id, fact)
        case CustomersMerged():
            join_customers(unit.cursor, payload.merged_id, payload.customer_id)
        case CustomerErased():
            forget_customer(unit.cursor, payload.customer_id)
