"""Where the conversation service keeps what it knows."""

from nitka.conversation.store.schema import migrate

__all__ = ["migrate"]
