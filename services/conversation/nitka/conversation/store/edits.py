"""What becomes of messages that are stored already: where they belong, that they leave, how they arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from nitka.conversation.store.content import Content, missed_key
from nitka.events import DeliveryState


class Edits:
    """Changes of stored messages, collected by one transaction and written together.

    `changed` are messages of which this process may remember something that is not true any more.
    """

    def __init__(self, cursor: Cursor[Any]) -> None:
        self._cursor = cursor
        self._moves: list[tuple[UUID, UUID]] = []
        self._parted: list[tuple[UUID, list[UUID], str, list[str]]] = []
        self._released: dict[UUID, Content] = {}
        self._deliveries: list[tuple[str, str | None, UUID]] = []
        self._missed: list[tuple[Jsonb, UUID]] = []
        self.changed: set[UUID] = set()

    @property
    def released(self) -> dict[UUID, Content]:
        """Held messages that leave now."""
        return self._released

    def move(self, source: UUID, target: UUID) -> None:
        """Give all messages, notes and thread keys of one conversation to another."""
        self._moves.append((source, target))

    def part(self, target: UUID, message_ids: Collection[UUID], account: str, keys: Collection[str]) -> None:
        """Give these messages and their thread keys to another conversation."""
        self._parted.append((target, list(message_ids), account, list(keys)))
        self.changed.update(message_ids)

    def release(self, content: Content) -> None:
        """A held message leaves, as it stands by then."""
        self._released[content.id] = content
        self.changed.add(content.id)

    def withdraw(self, message_id: UUID) -> None:
        """A held message was taken back: what it said is its author's draft again, not the conversation's."""
        self._cursor.execute("DELETE FROM message WHERE id = %s", (message_id,))
        self.changed.add(message_id)

    def set_delivery(self, message_id: UUID, state: DeliveryState, reason: str | None) -> None:
        """Keep what the content row says of a message's delivery."""
        self._deliveries.append((state.value, reason, message_id))
        self.changed.add(message_id)

    def set_missed_reason(self, message_id: UUID, recipient_id: UUID | None, attempt: int, reason: str) -> None:
        """Keep why a recipient of a message did not get it."""
        self._missed.append((Jsonb({missed_key(recipient_id, attempt): reason}), message_id))
        self.changed.add(message_id)

    def set_external_id(self, message_id: UUID, external_id: str) -> None:
        """The channel gave our message an id of its own."""
        self._cursor.execute("UPDATE message SET external_id = %s WHERE id = %s", (external_id, message_id))

    def write(self) -> None:
        """Write what was collected."""
        for source, target in self._moves:
            for table in (b"message", b"thread_key"):
                self._cursor.execute(
                    b"UPDATE %b SET conversation_id = %%s WHERE conversation_id = %%s" % table, (target, source)
                )
        for target, message_ids, account, keys in self._parted:
            self._cursor.execute(
                "UPDATE message SET conversation_id = %s WHERE id = ANY(%s)", (target, message_ids)
            )
            self._cursor.execute(
                "UPDATE thread_key SET conversation_id = %s WHERE account = %s AND key = ANY(%s)",
                (target, account, keys),
            )
        for content in self._released.values():
            self._cursor.execute(
                "UPDATE message SET at = %s, send_at = NULL, draft = NULL, delivery = %s, "
                "rating_closing = %s, sequence = %s WHERE id = %s",
                (content.at, content.delivery, content.rating_closing, content.sequence, content.id),
            )
        self._each("UPDATE message SET delivery = %s, delivery_reason = %s WHERE id = %s", self._deliveries)
        self._each(
            "UPDATE message SET missed_reasons = coalesce(missed_reasons, '{}') || %s WHERE id = %s", self._missed
        )

    def _each(self, query: LiteralString, values: Sequence[tuple[object, ...]]) -> None:
        if values:
            self._cursor.executemany(query, values)
