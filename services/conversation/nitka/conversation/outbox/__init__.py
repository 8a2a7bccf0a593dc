"""What leaves the service: the mapping to public contracts and the relay that publishes it."""

from nitka.conversation.outbox.relay import Relay
from nitka.conversation.outbox.requests import Outbox

__all__ = ["Outbox", "Relay"]
