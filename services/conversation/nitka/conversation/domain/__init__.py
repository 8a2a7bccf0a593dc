"""The conversation as pure functions: `decide(state, command, actor, now) -> events`, `evolve(state, event)`."""

from nitka.conversation.domain.decide import ALLOWED, Refused, decide
from nitka.conversation.domain.evolve import evolve, fold
from nitka.conversation.domain.state import Conversation

__all__ = ["ALLOWED", "Conversation", "Refused", "decide", "evolve", "fold"]
