"""Who is who, and what is known of them: pure functions over frozen models."""

from nitka.customer_profile.domain.facts import Fact, NameSource, fact_of, normal
from nitka.customer_profile.domain.figures import Figures, Purchase, figures, next_change, segment
from nitka.customer_profile.domain.people import (
    Book,
    Change,
    Created,
    Customer,
    Linked,
    Merged,
    Renamed,
    SegmentMoved,
    Visited,
    evolve,
    passed,
    tell,
)

__all__ = [
    "Book",
    "Change",
    "Created",
    "Customer",
    "Fact",
    "Figures",
    "Linked",
    "Merged",
    "NameSource",
    "Purchase",
    "Renamed",
    "SegmentMoved",
    "Visited",
    "evolve",
    "fact_of",
    "figures",
    "next_change",
    "normal",
    "passed",
    "segment",
    "tell",
]
