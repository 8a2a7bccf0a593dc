"""A batch of received messages becomes history: one transaction, each event once, each message in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import decide, threading
from nitka.conversation.handlers.joining import absorb
from nitka.conversation.handlers.rating import record_rating
from nitka.conversation.handlers.rules import apply_rules
from nitka.conversation.handlers.unit import Unit, unit_of_work
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.events import EventLog
from nitka.conversation.store.mapping import Meta
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Automatic,
    Bounce,
    DeliveryState,
    Envelope,
    MessageReceived,
    RatingReceived,
)

Received = tuple[Envelope, MessageReceived]
Inbound = tuple[Envelope, MessageReceived | RatingReceived]


def receive(log: EventLog, token_key: bytes, batch: Sequence[Inbound]) -> None:
    """Store a batch. Raises psycopg.OperationalError when the database is away; then nothing was stored."""
    with unit_of_work(log) as unit:
        fresh = unit.unprocessed({envelope.event_id for envelope, _ in batch})
        messages = [(e, p) for e, p in batch if e.event_id in fresh and isinstance(p, MessageReceived)]
        if messages:
            _Receiver(unit, token_key, messages).run()
        for envelope, rating in batch:
            if isinstance(rating, RatingReceived) and envelope.event_id in fresh:
                fresh.discard(envelope.event_id)
                record_rating(unit, token_key, envelope, rating)
                unit.processed(envelope.event_id, envelope.recorded_at)


def _at(envelope: Envelope) -> datetime:
    """The source's time, unless it lies in the future."""
    return min(envelope.occurred_at, envelope.recorded_at)


class _Receiver:
    """Places and records the messages of one batch, in order."""

    def __init__(self, unit: Unit, token_key: bytes, messages: list[Received]) -> None:
        self._unit, self._token_key, self._messages = unit, token_key, messages
        self._tokens = {
            token: found
            for _, m in messages
            for token in m.thread.tokens
            if (found := threading.read_token(token_key, token)) is not None
        }

    def run(self) -> None:
        """Read once for the whole batch, then decide message by message."""
        unit, messages = self._unit, self._messages
        self._contacts = unit.contact_ids(m.sender for _, m in messages)
        self._customers = unit.customers_of(list(self._contacts.values()))
        unit.look_up_keys({(m.account, k) for _, m in messages for k in self._keys(m)})
        self._by_number = self._conversations_in_subjects()
        known = {
            found for _, m in messages for k in self._keys(m) if (found := unit.conversation_of(m.account, k))
        }
        unit.load({*known, *self._tokens.values(), *self._by_number.values()})
        self._numbers = iter(unit.numbers(len(messages)))
        seen: set[UUID] = set()
        for envelope, message in messages:
            if envelope.event_id not in seen:
                seen.add(envelope.event_id)
                self._store(envelope, message)
                unit.processed(envelope.event_id, envelope.recorded_at)

    @staticmethod
    def _keys(message: MessageReceived) -> list[str]:
        return [threading.own_key(message), *threading.named_keys(message)]

    def _conversations_in_subjects(self) -> dict[int, UUID]:
        numbers = {
            int(t) for _, m in self._messages for t in m.thread.subject_tokens if t.isdecimal() and len(t) < 13
        }
        return self._unit.by_numbers(numbers) if numbers else {}

    def _place(self, message: MessageReceived, contact_id: UUID) -> threading.Place:
        unit = self._unit
        keys = {k: found for k in self._keys(message) if (found := unit.conversation_of(message.account, k))}
        return threading.place(
            message,
            by_token=[t for n in message.thread.tokens if (t := self._tokens.get(n)) and unit.state(t)],
            by_key=keys,
            by_subject=[i for i in self._in_subject(message) if self._takes_part(i, contact_id, message.account)],
        )

    def _in_subject(self, message: MessageReceived) -> list[UUID]:
        tokens = [int(t) for t in message.thread.subject_tokens if t.isdecimal()]
        return [self._by_number[t] for t in tokens if t in self._by_number]

    def _takes_part(self, conversation_id: UUID, contact_id: UUID, account: str) -> bool:
        """A subject is no secret: it only counts from somebody who has written in that conversation."""
        state = self._unit.state(conversation_id)
        return state is not None and state.account == account and contact_id in state.contacts

    def _store(self, envelope: Envelope, message: MessageReceived) -> None:
        unit = self._unit
        contact_id = self._contacts[message.sender.key]
        actor = Actor(kind=ActorKind.CUSTOMER, id=str(contact_id))
        place = self._place(message, contact_id)
        target = unit.alive(place.conversation) or uuid4()
        meta = Meta.of(envelope)
        now = _at(envelope)
        if place.merge is not None:
            self._merge(self._unit.alive(place.merge), target, meta, now)
            target = self._unit.alive(target) or target
        command = c.Receive(
            message_id=envelope.event_id,
            contact_id=contact_id,
            channel=message.channel,
            account=message.account,
            number=next(self._numbers),
            automatic=message.automatic,
            reopen_archived=unit.book().inbox(message.account, message.channel).reopen_archived,
        )
        content = _content(envelope, message, contact_id, target, now)
        events = decide(unit.state(target), command, actor, now)
        if not events:
            return
        unit.record(target, events, meta, content)
        unit.index(message.account, self._keys(message), target)
        self._link_customer(target, contact_id, meta, now)
        apply_rules(unit, target, envelope, message, content)
        if message.automatic in (Automatic.BOUNCE, Automatic.COMPLAINT):
            self._mark_bounced(message, meta, now)

    def _merge(self, one: UUID | None, other: UUID, meta: Meta, now: datetime) -> None:
        """Two conversations prove to be one thread: the older goes on, unless people worked in the younger."""
        unit = self._unit
        if one is None or one == other:
            return
        source, target = sorted((one, other), key=lambda i: -_number(unit, i))
        state, into = unit.state(source), unit.state(target)
        assert state is not None
        assert into is not None
        if state.touched or state.account != into.account:
            return
        unit.record(target, decide(into, absorb(source, state), SYSTEM, now), meta)
        unit.record(source, decide(state, c.MergeInto(target), SYSTEM, now), meta)
        unit.move(source, target)

    def _link_customer(self, target: UUID, contact_id: UUID, meta: Meta, now: datetime) -> None:
        customer_id, state = self._customers.get(contact_id), self._unit.state(target)
        if customer_id is not None and state is not None and state.customer_id is None:
            self._unit.record(target, decide(state, c.LinkCustomer(customer_id), SYSTEM, now), meta)

    def _mark_bounced(self, message: MessageReceived, meta: Meta, now: datetime) -> None:
        originals = {b.original_message_id for b in message.bounces if b.original_message_id}
        ours = self._unit.outbound_by_external(message.account, originals) if originals else {}
        for bounce in message.bounces:
            if found := ours.get(bounce.original_message_id or ""):
                self._mark_one_bounced(bounce, *found, meta, now)

    def _mark_one_bounced(self, bounce: Bounce, asked: UUID, message_id: UUID, meta: Meta, now: datetime) -> None:
        unit = self._unit
        conversation_id = unit.alive(asked)
        state = unit.state(conversation_id) if conversation_id else None
        if conversation_id is None or state is None:
            return
        attempt = state.deliveries.get(message_id, (None, 1))[1]
        recipient_id, partial = unit.failed_recipient_id(message_id, bounce.recipient)
        command = c.RecordDelivery(message_id, DeliveryState.BOUNCED, attempt, bounce.hard, recipient_id, partial)
        events = decide(state, command, SYSTEM, now)
        if events:
            unit.record(conversation_id, events, meta)
            if not partial:
                unit.set_delivery(message_id, DeliveryState.BOUNCED, bounce.reason)


def _number(unit: Unit, conversation_id: UUID) -> int:
    state = unit.state(conversation_id)
    assert state is not None
    return state.number


def _content(
    envelope: Envelope, message: MessageReceived, contact_id: UUID, conversation_id: UUID, at: datetime
) -> Content:
    return Content(
        id=envelope.event_id,
        conversation_id=conversation_id,
        sequence=0,
        kind=Kind.INBOUND,
        at=at,
        arrived_at=envelope.recorded_at,
        channel=message.channel.value,
        account=message.account,
        contact_id=contact_id,
        reply_to=message.reply_to,
        recipients=message.to,
        cc=message.cc,
        subject=message.subject,
        text=message.text,
        html=message.html,
        attachments=message.attachments,
        raw_blob=message.raw_blob,
        truncated=message.truncated,
        automatic=message.automatic.value if message.automatic else None,
        external_id=message.thread.message_id or message.external_id,
        in_reply_to=next(iter(message.thread.in_reply_to), None),
        refs=message.thread.references,
    )
