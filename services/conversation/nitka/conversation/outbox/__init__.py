"""What leaves the service: the mapping to public contracts and the relay that publishes it."""

from nitka.conversation.outbox.public import Outbox
from nitka.conversation.outbox.relay import Relay

__all__ = ["Outbox", "Relay"]
