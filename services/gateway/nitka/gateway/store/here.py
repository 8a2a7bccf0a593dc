"""Who is here, as this process knows it, told to the open streams."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nitka.api.personal import HereAgent, HereState
from nitka.gateway.domain import Here, works_with_conversations
from nitka.gateway.store.signals import HereSignal, MineSignal
from nitka.gateway.store.streams import OpenStreams, Stream


class Whereabouts:
    """Keeps who is here and tells every stream what concerns it. Times are passed in."""

    def __init__(self, streams: OpenStreams) -> None:
        self._streams = streams
        self._here = Here()
        self._told: dict[UUID, tuple[HereAgent, ...]] = {}

    def hear(self, signal: HereSignal | MineSignal, now: datetime) -> None:
        """Take in what was said in this or another process."""
        if isinstance(signal, MineSignal):
            self._tell_mine(signal)
            return
        before = self._here.open_in(signal.agent_id, signal.tab)
        self._here = self._here.said(signal.agent_id, signal.tab, signal.conversation_id, signal.typing, now)
        self._tell({id for id in (before, signal.conversation_id) if id is not None})

    def forget_the_silent(self, now: datetime) -> None:
        """Let go of those who have not been heard of for too long."""
        here = self._here.at(now)
        if here is not self._here:
            self._here = here
            self._tell(set(self._told))

    def knows(self, agent_id: str, tab: str) -> bool:
        """Whether this tab is in a conversation."""
        return self._here.open_in(agent_id, tab) is not None

    def welcome(self, stream: Stream) -> None:
        """Tell a new stream the present."""
        for conversation_id, agents in self._told.items():
            _say(stream, conversation_id, agents)

    def _tell(self, conversations: set[UUID]) -> None:
        for conversation_id, agents in self._here.agents(conversations).items():
            before = self._told.pop(conversation_id, ())
            if agents:
                self._told[conversation_id] = agents
            changed = {agent.agent_id for agent in set(before) ^ set(agents)}
            for stream in self._streams:
                if changed - {stream.agent_id}:
                    _say(stream, conversation_id, agents)

    def _tell_mine(self, signal: MineSignal) -> None:
        mine = signal.mine
        words = f"event: mine\ndata: {mine.model_dump_json()}\n\n"
        for stream in self._streams:
            theirs = signal.agent_id in (None, stream.agent_id)
            own_tab = stream.tab == mine.tab and stream.tab != "" and signal.agent_id is not None
            if theirs and not own_tab:
                stream.say(f"mine {mine.tab} {mine.what} {mine.key}", words)


def _say(stream: Stream, conversation_id: UUID, agents: tuple[HereAgent, ...]) -> None:
    if not works_with_conversations(stream.role):
        return
    others = tuple(agent for agent in agents if agent.agent_id != stream.agent_id)
    state = HereState(conversation_id=conversation_id, agents=others)
    stream.say(f"here {conversation_id}", f"event: here\ndata: {state.model_dump_json()}\n\n")
