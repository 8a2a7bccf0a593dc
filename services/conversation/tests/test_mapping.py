"""What is stored can be read: every event, with every optional field there or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nitka.conversation.domain import events as e
from nitka.conversation.handlers.language import detect
from nitka.conversation.outbox import Outbox, public
from nitka.conversation.outbox.words import WORDS
from nitka.conversation.store import mapping
from nitka.conversation.store.mapping import Meta, Recorded
from nitka.events import SYSTEM, Automatic, Channel, ConversationStatus, DeliveryState, parse, serialize
from nitka.events.conversation import AssignReason, ForwardMode, Priority, ReopenReason
from nitka.events.topics import CONVERSATION_EVENTS

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ids, texts = st.uuids(), st.text(max_size=10)
recipients = st.dictionaries(ids, st.frozensets(ids, max_size=2), max_size=2)

BUILDERS: dict[type[e.DomainEvent], dict[str, Any]] = {
    e.Opened: {
        "number": st.integers(1, 10**9),
        "channel": st.sampled_from(Channel),
        "account": texts,
        "contact_id": ids,
        "status": st.sampled_from(ConversationStatus),
        "automatic": st.none() | st.sampled_from(Automatic),
        "split_from": st.none() | ids,
    },
    e.MessageReceived: {
        "message_id": ids,
        "contact_id": ids,
        "automatic": st.none() | st.sampled_from(Automatic),
    },
    e.Replied: {
        "message_id": ids,
        "first_response": st.booleans(),
        "waiting_since": st.none() | st.just(AT),
    },
    e.NoteAdded: {"message_id": ids, "mentions": st.lists(texts, max_size=3).map(tuple)},
    e.ReplyScheduled: {
        "message_id": ids,
        "send_at": st.just(AT),
        "then": st.sampled_from(e.Then),
        "snooze_until": st.none() | st.just(AT),
        "seen": st.none() | st.integers(0, 9),
        "original_id": st.none() | ids,
        "mode": st.none() | st.sampled_from(ForwardMode),
    },
    e.ReplyWithdrawn: {"message_id": ids},
    e.Forwarded: {"message_id": ids, "original_id": ids, "mode": st.sampled_from(ForwardMode)},
    e.AutoReplied: {"message_id": ids, "rule_id": texts},
    e.DeliveryChanged: {
        "message_id": ids,
        "state": st.sampled_from(DeliveryState),
        "attempt": st.integers(1, 9),
        "hard": st.booleans(),
        "recipient_id": st.none() | ids,
        "partial": st.booleans(),
        "only": st.lists(ids, max_size=2).map(tuple),
        "agent_id": st.none() | texts,
        "settled": st.booleans(),
        "waiting_since": st.none() | st.just(AT),
    },
    e.Assigned: {
        "assignee": st.none() | texts,
        "previous": st.none() | texts,
        "reason": st.sampled_from(AssignReason),
    },
    e.FollowerAdded: {"agent_id": texts},
    e.FollowerRemoved: {"agent_id": texts},
    e.ParticipantAdded: {"contact_id": ids},
    e.ParticipantRemoved: {"contact_id": ids},
    e.PriorityChanged: {"priority": st.sampled_from(Priority), "previous": st.sampled_from(Priority)},
    e.QueueChanged: {"queue": st.none() | texts, "previous": st.none() | texts},
    e.LabelAdded: {"label": texts},
    e.LabelRemoved: {"label": texts},
    e.Closed: {},
    e.Reopened: {
        "previous": st.sampled_from(ConversationStatus),
        "reason": st.sampled_from(ReopenReason),
        "as_before": st.booleans(),
        "waiting_since": st.none() | st.just(AT),
        "lost_since": st.none() | st.just(AT),
        "lost": st.frozensets(ids, max_size=2),
        "woken_for": st.none() | texts,
    },
    e.Snoozed: {"until": st.just(AT)},
    e.Archived: {},
    e.RatingRequested: {"message_id": ids, "closing": st.integers(1, 9)},
    e.Rated: {
        "score": st.integers(1, 5),
        "comment_id": st.none() | ids,
        "agent_id": st.none() | texts,
        "closing": st.none() | st.integers(1, 9),
    },
    e.RatingAbsorbed: {"conversation_id": ids, "score": st.integers(1, 5)},
    e.CustomerLinked: {"customer_id": ids},
    e.MergedInto: {"conversation_id": ids},
    e.Absorbed: {
        "conversation_id": ids,
        "message_ids": st.lists(ids, max_size=3).map(tuple),
        "contacts": st.frozensets(ids, max_size=3),
        "deliveries": st.dictionaries(
            ids, st.tuples(st.sampled_from(DeliveryState), st.integers(1, 9)), max_size=2
        ),
        "refused": recipients,
        "retried": recipients,
        "lost": st.frozensets(st.uuids(), max_size=2),
        "waiting_since": st.none() | st.just(AT),
        "lost_since": st.none() | st.just(AT),
        "replied": st.booleans(),
        "inbound": st.booleans(),
        "automatic": st.booleans(),
        "auto_replied_at": st.none() | st.just(AT),
        "split_from": st.frozensets(ids, max_size=2),
        "numbers": st.frozensets(st.integers(1, 10**6), max_size=2),
        "mentioned": st.frozensets(texts, max_size=2),
    },
    e.SplitOff: {
        "into": ids,
        "message_ids": st.lists(ids, max_size=3).map(tuple),
        "contacts": st.frozensets(ids, max_size=3),
        "waiting_since": st.none() | st.just(AT),
        "lost_since": st.none() | st.just(AT),
    },
}
EVENTS = st.one_of(
    *(st.builds(t, at=st.just(AT), actor=st.just(SYSTEM), **fields) for t, fields in BUILDERS.items())
)
RECORDED = st.builds(
    Recorded,
    conversation_id=ids,
    version=st.integers(1, 10**6),
    event=EVENTS,
    meta=st.builds(Meta, causation_id=ids, correlation_id=ids, traceparent=st.none() | texts),
)


@given(RECORDED)
def test_every_event_is_read_as_it_was_stored(recorded: Recorded) -> None:
    assert mapping.from_stored(mapping.to_stored(recorded)) == recorded


@given(RECORDED)
def test_every_event_has_a_valid_public_form_even_when_its_content_is_erased(recorded: Recorded) -> None:
    outbox = Outbox(b"k" * 32, "https://shop.example/rate/", WORDS["en"], detect)
    (record,) = outbox.records(recorded, public.Material())
    event = parse(CONVERSATION_EVENTS, record.value)
    assert event.payload is not None
    assert event.payload.model_dump()["sequence"] == recorded.version
    assert parse(CONVERSATION_EVENTS, serialize(event.envelope)) == event


def test_the_strategies_cover_every_event_and_every_field() -> None:
    assert set(BUILDERS) == set(e.EVENTS)
    for event, fields in BUILDERS.items():
        assert {*fields, "at", "actor"} == set(event.model_fields), event


def test_a_field_that_this_code_does_not_know_is_an_error() -> None:
    recorded = Recorded(
        UUID(int=1), 1, e.Closed(at=AT, actor=SYSTEM), Meta(causation_id=UUID(int=2), correlation_id=UUID(int=2))
    )
    stored = mapping.to_stored(recorded)
    with pytest.raises(ValidationError):
        mapping.from_stored(type(stored)(stored.originator_id, 1, stored.topic, stored.state[:-2] + b',"x":1}}'))
