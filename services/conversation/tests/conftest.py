"""What the service's tests share: a story told on a real event log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from services.conversation.tests.shop import ACCOUNT, KEY, NOON, Shop

from nitka.conversation.domain import Conversation
from nitka.conversation.handlers import receive
from nitka.conversation.handlers.background import record_receipts
from nitka.conversation.handlers.command import Request
from nitka.conversation.handlers.language import detect
from nitka.conversation.outbox import Outbox
from nitka.conversation.outbox.public import Material
from nitka.conversation.outbox.words import WORDS
from nitka.conversation.store import content as contents
from nitka.conversation.store import mapping
from nitka.conversation.store.events import EventLog, open_log
from nitka.conversation.store.schema import migrate
from nitka.conversation.store.settings import meet_inbox
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Automatic,
    Bounce,
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
    MessageReceipt,
    MessageReceived,
    MessageRequested,
    Payload,
    ThreadRefs,
    envelope,
    parse,
)
from nitka.events.topics import CONVERSATION_EVENTS, OUTBOUND_MESSAGES


class Story:
    """Mails that come in and agents who act, all at times that are told, in minutes after noon."""

    key, noon, account = KEY, NOON, ACCOUNT

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def mail(
        self,
        message_id: str,
        sender: str,
        at: int = 0,
        *,
        text: str | None = None,
        answers: str = "",
        tokens: tuple[str, ...] = (),
        number: int | None = None,
        bounces: tuple[Bounce, ...] = (),
        automatic: Automatic | None = None,
    ) -> UUID:
        """A mail comes in, with a `number` in its subject; its message id."""
        payload = MessageReceived(
            channel=Channel.EMAIL,
            account=ACCOUNT,
            external_id=message_id,
            thread=ThreadRefs(
                external_thread=answers or message_id,
                message_id=message_id,
                in_reply_to=(answers,) if answers else (),
                tokens=tokens,
                subject_tokens=(str(number),) if number else (),
            ),
            sender=ContactPoint(kind=ContactKind.EMAIL, value=sender),
            subject=f"About {message_id} [#{number}]" if number else f"About {message_id}",
            text=f"This is {message_id}." if text is None else text,
            raw_blob=f"sha256/{message_id}",
            automatic=Automatic.BOUNCE if bounces else automatic,
            bounces=bounces,
        )
        when = self.at(at)
        wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=when, recorded_at=when)
        receive.receive(self.log, KEY, [(wrapped, payload)])
        return wrapped.event_id

    @staticmethod
    def at(minutes: int) -> datetime:
        return NOON + timedelta(minutes=minutes)

    def request(self, conversation_id: UUID, at: int = 60, agent: str = "ola") -> Request:
        """An agent commands."""
        actor = Actor(kind=ActorKind.AGENT, id=agent)
        return Request(conversation_id, uuid4(), actor, self.at(at), agent.title())

    def receipt(
        self,
        message_id: UUID,
        state: DeliveryState,
        recipient: str | None = None,
        *,
        attempt: int = 1,
        left_from: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        """Mail tells what became of a message, naming the conversation that it left from."""
        payload = MessageReceipt(
            conversation_id=left_from or self.place(message_id),
            message_id=message_id,
            channel=Channel.EMAIL,
            account=ACCOUNT,
            state=state,
            recipient=recipient,
            attempt=attempt,
            reason=reason,
        )
        when = self.at(90)
        wrapped = envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=when, recorded_at=when)
        record_receipts(self.log, [(wrapped, payload)])

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self.log.datastore.pool.connection() as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def place(self, message_id: UUID) -> UUID:
        """The conversation that holds a message."""
        (row,) = self.rows("SELECT conversation_id FROM conversation.message WHERE id = %s", message_id)
        return UUID(str(row["conversation_id"]))

    def row(self, conversation_id: UUID) -> dict[str, Any]:
        """A row of the list."""
        (found,) = self.rows("SELECT * FROM conversation.conversation WHERE id = %s", conversation_id)
        return found

    def state(self, conversation_id: UUID) -> Conversation:
        """What decisions are based on."""
        return Conversation.model_validate_json(bytes(self.row(conversation_id)["snapshot"]))

    def snapshot(self) -> list[dict[str, Any]]:
        """The whole list, with the states beside it: written down, their sets have no order."""
        rows = self.rows("SELECT * FROM conversation.conversation ORDER BY id")
        return [{**row, "snapshot": Conversation.model_validate_json(bytes(row["snapshot"]))} for row in rows]

    def published(self) -> list[Payload]:
        """Everything that leaves the service because of what happened so far, in order."""
        messages = {r["id"]: contents.read(r) for r in self.rows("SELECT * FROM conversation.message")}
        points = {
            r["id"]: ContactPoint(kind=r["kind"], value=r["value"], name=r["name"])
            for r in self.rows("SELECT * FROM conversation.contact")
        }
        outbox = Outbox(KEY, "https://shop.example/rate/", WORDS["en"], detect)
        found: list[Payload] = []
        for stored in self.log.select_notifications(start=1, limit=10_000):
            for record in outbox.records(mapping.from_stored(stored), Material(points, messages)):
                topic = OUTBOUND_MESSAGES if record.topic == OUTBOUND_MESSAGES.name else CONVERSATION_EVENTS
                payload = parse(topic, record.value).payload
                assert payload is not None
                found.append(payload)
        return found

    def sent(self) -> list[MessageRequested]:
        """The messages that leave."""
        return [p for p in self.published() if isinstance(p, MessageRequested)]


@pytest.fixture
def story(postgres_dsn: str) -> Iterator[Story]:
    """A story that has not begun yet."""
    migrate(postgres_dsn)
    with open_log(postgres_dsn) as opened:
        yield Story(opened)


@pytest.fixture
def inboxes(story: Story) -> None:
    """The shop's inboxes: one for mail, one for WhatsApp."""
    with story.log.writing() as cursor:
        meet_inbox(cursor, story.account, Channel.EMAIL)
        meet_inbox(cursor, "48600100200", Channel.WHATSAPP)


@pytest.fixture
def shop(postgres_dsn: str) -> Iterator[Shop]:
    """A shop that has set nothing yet."""
    migrate(postgres_dsn)
    with open_log(postgres_dsn) as log:
        made = Shop(postgres_dsn, log)
        yield made
        made.close()
