"""What WhatsApp says in our words, and ours in WhatsApp's: pure functions."""

from nitka.ingest_social.domain.inbound import Context, Keyed, Reading, read
from nitka.ingest_social.domain.outbound import Outcome, Refused, Throttled, answer, receipt, request
from nitka.ingest_social.domain.tracker import Tracker

__all__ = [
    "Context",
    "Keyed",
    "Outcome",
    "Reading",
    "Refused",
    "Throttled",
    "Tracker",
    "answer",
    "read",
    "receipt",
    "request",
]
