"""A batch of received messages becomes history: one transaction, each event once, each message in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from nitka.conversation.domain import commands as c
from nitka.conversation.domain import decide, threading
from nitka.conversation.handlers.delivery import Report, record_delivery
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
        self._keys = {e.event_id: [threading.own_key(m), *threading.named_keys(m)] for e, m in messages}

    def run(self) -> None:
        """Read once for the whole batch, then decide message by message."""
        unit, messages = self._unit, self._messages
        self._contacts = unit.contact_ids(m.sender for _, m in messages)
        self._customers = unit.customers_of(list(self._contacts.values()))
        unit.look_up_keys({(m.account, k) for e, m in messages for k in self._keys[e.event_id]})
        self._by_number = self._conversations_in_subjects()
        known = {
            found
            for e, m in messages
            for k in self._keys[e.event_id]
            if (found := unit.conversation_of(m.account, k))
        }
        unit.load({*known, *self._tokens.values(), *self._by_number.values()})
        self._numbers = iter(unit.numbers(len(messages)))
        seen: set[UUID] = set()
        for envelope, message in messages:
            if envelope.event_id not in seen:
                seen.add(envelope.event_id)
                self._store(envelope, message)
                unit.processed(envelope.event_id, envelope.recorded_at)

    def _conversations_in_subjects(self) -> dict[int, UUID]:
        numbers = {
            int(t) for _, m in self._messages for t in m.thread.subject_tokens if t.isdecimal() and len(t) < 13
        }
        return self._unit.by_numbers(numbers) if numbers else {}

    def _place(self, message: MessageReceived, ids: list[str], contact_id: UUID) -> threading.Place:
        unit = self._unit
        keys = {k: found for k in ids if (found := unit.conversation_of(message.account, k))}
        tokens = [
            t for n in message.thread.tokens if (t := self._tokens.get(n)) and self._is_of(t, message.account)
        ]
        return threading.place(
            message,
            by_token=tokens,
            by_key=keys,
            by_subject=[i for i in self._in_subject(message) if self._takes_part(i, contact_id, message.account)],
            parted={found for found in keys.values() if tokens and self._is_part_of(tokens[0], found)},
        )

    def _is_of(self, conversation_id: UUID, account: str) -> bool:
        """A message to two of our inboxes comes once for each, and belongs to the conversation of one."""
        state = self._unit.state(conversation_id)
        return state is not None and state.account == account

    def _is_part_of(self, whole: UUID, part: UUID) -> bool:
        """Whether messages of a conversation were split off from another one, whatever that was merged into."""
        state = self._unit.state(part)
        return state is not None and self._unit.alive(whole) in map(self._unit.alive, state.split_from)

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
        keys = self._keys[envelope.event_id]
        place = self._place(message, keys, contact_id)
        target = unit.alive(place.conversation) or uuid4()
        meta = Meta.of(envelope)
        now = _at(envelope)
        for other in place.merge:
            self._merge(unit.alive(other), target, meta, now)
            target = unit.alive(target) or target
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
        unit.index(message.account, keys, target)
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
        unit.move_drafts(source, target, now)

    def _link_customer(self, target: UUID, contact_id: UUID, meta: Meta, now: datetime) -> None:
        customer_id, state = self._customers.get(contact_id), self._unit.state(target)
        if customer_id is not None and state is not None and state.customer_id is None:
            self._unit.record(target, decide(state, c.LinkCustomer(customer_id), SYSTEM, now), meta)

    def _mark_bounced(self, message: MessageReceived, meta: Meta, now: datetime) -> None:
        originals = {b.original_message_id for b in message.bounces if b.original_message_id}
        ours = self._unit.outbound_by_external(message.account, originals) if originals else {}
        for bounce in message.bounces:
            if found := ours.get(bounce.original_message_id or ""):
                report = Report(DeliveryState.BOUNCED, None, bounce.hard, bounce.recipient, bounce.reason)
                record_delivery(self._unit, found, report, now, meta)


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
