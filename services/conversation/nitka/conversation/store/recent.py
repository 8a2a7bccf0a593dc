"""What this process has just committed, so that the relay need not read it back and parse it again.

A cache only: what it does not know, the relay reads from the log. Nothing depends on it but speed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from uuid import UUID

from nitka.conversation.store.content import Content
from nitka.conversation.store.mapping import Recorded
from nitka.events import ContactPoint

CAPACITY = 20_000
"""Events, messages and contact points each; some tens of megabytes at most."""


class Recent:
    """Bounded memory of committed events and their content; safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: OrderedDict[tuple[UUID, int], Recorded] = OrderedDict()
        self._content: OrderedDict[UUID, Content] = OrderedDict()
        self._contacts: OrderedDict[UUID, ContactPoint] = OrderedDict()

    def add(
        self, events: Iterable[Recorded], content: Iterable[Content], contacts: Iterable[tuple[UUID, ContactPoint]]
    ) -> None:
        """Remember what a committed transaction wrote."""
        with self._lock:
            self._events.update(((r.conversation_id, r.version), r) for r in events)
            self._content.update((c.id, c) for c in content)
            self._contacts.update(contacts)
            for memory in (self._events, self._content, self._contacts):
                while len(memory) > CAPACITY:
                    memory.popitem(last=False)

    def forget_content(self, message_ids: Iterable[UUID]) -> None:
        """These rows changed; whoever needs them reads them anew."""
        with self._lock:
            for message_id in message_ids:
                self._content.pop(message_id, None)

    def clear(self) -> None:
        """Forget all, because some of it has been erased."""
        with self._lock:
            for memory in (self._events, self._content, self._contacts):
                memory.clear()

    def take(self, conversation_id: UUID, version: int) -> Recorded | None:
        """An event, once."""
        with self._lock:
            return self._events.pop((conversation_id, version), None)

    def content(self, message_id: UUID, recorded: Recorded) -> Content | None:
        """A message as this event left it; None where another one, of any process, may have changed it since."""
        with self._lock:
            found = self._content.get(message_id)
        same = found is not None and (found.conversation_id, found.sequence) == recorded[:2]
        return found if same else None

    def contact(self, contact_id: UUID) -> ContactPoint | None:
        with self._lock:
            return self._contacts.get(contact_id)
