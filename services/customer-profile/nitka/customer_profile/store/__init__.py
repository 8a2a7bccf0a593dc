"""The customers in PostgreSQL: one transaction a batch, and the panel's queries."""

from nitka.customer_profile.store.cards import Cards
from nitka.customer_profile.store.schema import SCHEMA, migrate
from nitka.customer_profile.store.unit import Unit, unit

__all__ = ["SCHEMA", "Cards", "Unit", "migrate", "unit"]
