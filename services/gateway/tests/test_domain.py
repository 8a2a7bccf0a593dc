from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.events import (
    Actor,
    ActorKind,
    Channel,
    ContactKind,
    ContactPoint,
    ConversationStatus,
    CustomerIdentified,
    DeliveryState,
    Event,
    Payload,
    Presence,
    PresenceChanged,
    envelope,
)
from nitka.events.conversation import (
    Assigned,
    CustomerMessageReceived,
    DeliveryChanged,
    Rated,
    Reopened,
    ReopenReason,
)
from nitka.gateway.domain import (
    RENEWAL,
    SESSION_LIFETIME,
    BadPosition,
    Position,
    Role,
    agent_id,
    live_event,
    may_see,
    needs_renewal,
)

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
ANN = ContactPoint(kind=ContactKind.EMAIL, value="ann@example.com", name="Ann Secret")

offsets = st.lists(st.integers(0, 2**55), min_size=1, max_size=30).map(tuple)


def event(payload: Payload, kind: ActorKind = ActorKind.CUSTOMER, actor: str = "email:ann@example.com") -> Event:
    made = envelope(payload, event_id=uuid4(), actor=Actor(kind=kind, id=actor), occurred_at=NOW, recorded_at=NOW)
    return Event(made, payload)


@given(offsets)
def test_a_position_survives_its_text(numbers: tuple[int, ...]) -> None:
    assert Position.parse(Position(numbers).text(), len(numbers)) == Position(numbers)


@given(st.text(max_size=60), st.integers(1, 20))
def test_any_text_is_a_position_or_is_refused(text: str, partitions: int) -> None:
    try:
        found = Position.parse(text, partitions)
    except BadPosition:
        return
    assert len(found.offsets) == partitions


@given(st.data())
def test_what_lies_between_two_positions_leads_from_one_to_the_other(data: st.DataObject) -> None:
    numbers = st.lists(st.integers(0, 50), min_size=5, max_size=5).map(tuple)
    here, there = Position(data.draw(numbers)), Position(data.draw(numbers))
    went = here
    for place, low, high in here.behind(there):
        for offset in range(low, high):
            went = went.passing(place, offset)
    assert went == here.merged(there)
    assert went.reached(there) and went.reached(here)


def test_a_position_never_goes_back() -> None:
    assert Position((5, 9)).passing(1, 3) == Position((5, 9))


def test_the_stream_tells_what_changed_and_not_what_was_written() -> None:
    conversation, message = uuid4(), uuid4()
    received = CustomerMessageReceived(
        conversation_id=conversation,
        sequence=4,
        message_id=message,
        channel=Channel.EMAIL,
        account="shop@example.com",
        sender=ANN,
        subject="My secret subject",
        text="My secret text",
        external_id="secret-id@example.com",
    )
    found = live_event(event(received))
    assert found is not None
    assert (found.conversation_id, found.sequence, found.actor_kind) == (conversation, 4, "customer")
    assert found.actor_id is None
    told = found.model_dump_json().lower()
    assert "secret" not in told and "ann" not in told and "example.com" not in told


def test_the_customer_of_an_event_is_told_by_id_only() -> None:
    customer = uuid4()
    found = live_event(event(CustomerIdentified(customer_id=customer, name="Ann Secret", contacts=(ANN,))))
    assert found is not None and found.customer_id == customer
    assert "ann" not in found.model_dump_json().lower()


def test_an_assignment_names_the_assignee_and_who_did_it() -> None:
    assigned = Assigned(conversation_id=uuid4(), sequence=2, assignee="a2")
    found = live_event(event(assigned, ActorKind.AGENT, "a1"))
    assert found is not None and (found.agent_id, found.actor_id) == ("a2", "a1")


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize("agent", ["a1", None])
def test_a_message_of_an_agents_that_did_not_get_through_is_told(state: DeliveryState, agent: str | None) -> None:
    changed = DeliveryChanged(
        conversation_id=uuid4(),
        sequence=5,
        message_id=uuid4(),
        state=state,
        reason="<ann@x> unknown",
        agent_id=agent,
    )
    found = live_event(event(changed))
    assert found is not None and found.agent_id == agent
    lost = agent is not None and state in ("failed", "bounced", "unconfirmed")
    assert (found.undelivered, found.settled) == (state.value if lost else None, None)
    assert "unknown" not in found.model_dump_json()
    settled = live_event(event(changed.model_copy(update={"settled": True})))
    assert settled is not None and settled.settled


def test_a_rating_is_told_by_its_score_only() -> None:
    rated = Rated(conversation_id=uuid4(), sequence=7, score=1, comment="Never again")
    found = live_event(event(rated, ActorKind.CUSTOMER, "ann@example.com"))
    assert found is not None and found.score == 1
    told = found.model_dump_json().lower()
    assert "again" not in told and "ann" not in told


def test_who_is_to_look_at_what_wakes_is_told() -> None:
    woken = Reopened(
        conversation_id=uuid4(),
        sequence=4,
        previous=ConversationStatus.SNOOZED,
        reason=ReopenReason.SNOOZE_ENDED,
        woken_for="a1",
    )
    found = live_event(event(woken))
    assert found is not None and found.woken_for == "a1"


def test_an_event_of_an_unknown_type_is_left_out() -> None:
    assert (
        live_event(Event(event(Assigned(conversation_id=uuid4(), sequence=1, assignee=None)).envelope, None))
        is None
    )


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.ADMIN])
def test_who_works_with_conversations_sees_them_change(role: Role) -> None:
    found = live_event(event(Assigned(conversation_id=uuid4(), sequence=1, assignee=None)))
    assert found is not None and may_see(role, found)


def test_an_analyst_sees_who_is_there_and_nothing_else() -> None:
    assigned = live_event(event(Assigned(conversation_id=uuid4(), sequence=1, assignee=None)))
    came = live_event(event(PresenceChanged(agent_id="a1", presence=Presence.ONLINE), ActorKind.AGENT, "a1"))
    assert assigned is not None and came is not None
    assert not may_see(Role.ANALYST, assigned)
    assert may_see(Role.ANALYST, came)


def test_a_session_is_renewed_once_a_minute() -> None:
    ends = NOW + SESSION_LIFETIME
    assert not needs_renewal(ends, NOW + RENEWAL)
    assert needs_renewal(ends, NOW + RENEWAL + timedelta(seconds=1))


def test_an_account_has_the_same_id_wherever_it_is_made() -> None:
    assert agent_id(" Ola@Nitka.example ") == agent_id("ola@nitka.example")
    assert agent_id("ola@nitka.example") != agent_id("joao@nitka.example")
