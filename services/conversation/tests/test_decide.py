"""Given a history, when a command comes, then these events or this refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from nitka.conversation.domain import ALLOWED, Refused, decide, fold
from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.events import SYSTEM, Actor, ActorKind, Automatic, Channel, ConversationStatus, DeliveryState
from nitka.events.conversation import AssignReason, ForwardMode, Priority, ReopenReason

OPEN, CLOSED = ConversationStatus.OPEN, ConversationStatus.CLOSED
SNOOZED, ARCHIVED = ConversationStatus.SNOOZED, ConversationStatus.ARCHIVED

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ANN, OLA = UUID(int=1), Actor(kind=ActorKind.AGENT, id="ola")
CUSTOMER = Actor(kind=ActorKind.CUSTOMER, id=str(ANN))
QUESTION, ANSWER = UUID(int=100), UUID(int=200)


def opened(automatic: Automatic | None = None) -> list[e.DomainEvent]:
    return decide(None, received(QUESTION, automatic), CUSTOMER, NOW)


def received(message_id: UUID, automatic: Automatic | None = None) -> c.Receive:
    return c.Receive(message_id, ANN, Channel.EMAIL, "support@shop.example", 7, automatic)


HISTORIES: dict[ConversationStatus, list[e.DomainEvent]] = {
    OPEN: opened(),
    CLOSED: [*opened(), e.Closed(at=NOW, actor=OLA)],
    SNOOZED: [*opened(), e.Snoozed(at=NOW, actor=OLA, until=LATER)],
    ARCHIVED: [*opened(), e.Archived(at=NOW, actor=OLA)],
}


def when(history: list[e.DomainEvent], command: c.Command, now: datetime = NOW) -> list[e.DomainEvent]:
    return decide(fold(history), command, OLA, now)


COMMANDS: tuple[c.Command, ...] = (
    received(uuid4()),
    c.Reply(ANSWER),
    c.ScheduleReply(ANSWER, LATER),
    c.Forward(uuid4(), QUESTION, ForwardMode.FORWARD),
    c.AutoReply(uuid4(), "rule", timedelta(hours=1)),
    c.AddNote(uuid4(), ("jo",)),
    c.RecordDelivery(ANSWER, DeliveryState.SENT),
    c.Assign("ola"),
    c.Follow("jo"),
    c.Unfollow("jo"),
    c.AddParticipant(uuid4()),
    c.RemoveParticipant(uuid4()),
    c.SetPriority(Priority.URGENT),
    c.SetQueue("returns"),
    c.AddLabel("returns"),
    c.RemoveLabel("returns"),
    c.Close(),
    c.Reopen(),
    c.Snooze(LATER),
    c.EndSnooze(),
    c.Archive(),
    c.RequestRating(uuid4()),
    c.AbsorbRating(uuid4(), 5),
    c.LinkCustomer(uuid4()),
    c.MergeInto(uuid4()),
    c.Absorb(uuid4(), ()),
)


@pytest.mark.parametrize("status", list(ConversationStatus))
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_command_in_every_status_does_what_the_table_says(
    command: c.Command, status: ConversationStatus
) -> None:
    if status in ALLOWED[type(command)]:
        state = fold([*HISTORIES[status], *when(HISTORIES[status], command)])
        assert state is not None
    else:
        with pytest.raises(Refused) as refused:
            when(HISTORIES[status], command)
        assert refused.value.code == ("already_open" if type(command) is c.Reopen else f"conversation_{status}")
        assert status.value in refused.value.reason or "open already" in refused.value.reason


def test_the_table_names_every_command() -> None:
    assert set(ALLOWED) | {c.Start, c.BeginWithSplit} == set(c.Command.__args__)


def test_a_first_message_opens_and_waits() -> None:
    state = fold(opened())
    assert state is not None
    assert (state.status, state.waiting_since, state.version) == (OPEN, NOW, 2)


def test_nothing_but_a_message_opens_a_conversation() -> None:
    with pytest.raises(Refused, match="no such conversation"):
        decide(None, c.Close(), OLA, NOW)


def test_a_machines_message_is_archived_and_waits_for_nobody() -> None:
    state = fold(opened(Automatic.BOUNCE))
    assert state is not None
    assert (state.status, state.waiting_since, state.automatic) == (ARCHIVED, None, True)


@pytest.mark.parametrize("status", [CLOSED, SNOOZED, ARCHIVED])
def test_a_customers_message_reopens(status: ConversationStatus) -> None:
    events = when(HISTORIES[status], received(uuid4()), LATER)
    assert isinstance(events[-1], e.Reopened)
    assert (events[-1].previous, events[-1].reason) == (status, ReopenReason.CUSTOMER_MESSAGE)


def test_a_machines_message_reopens_nothing() -> None:
    events = when(HISTORIES[CLOSED], received(uuid4(), Automatic.AUTO_REPLY))
    assert [type(x) for x in events] == [e.MessageReceived]


def test_the_same_message_again_is_no_news() -> None:
    assert when(HISTORIES[OPEN], received(QUESTION)) == []


def test_waiting_counts_from_the_first_unanswered_message() -> None:
    history = [*opened(), *decide(fold(opened()), received(uuid4()), CUSTOMER, LATER)]
    state = fold(history)
    assert state is not None
    assert state.waiting_since == NOW


def test_only_the_first_answer_is_the_first_response() -> None:
    first = when(HISTORIES[OPEN], c.Reply(ANSWER))
    second = when([*HISTORIES[OPEN], *first], c.Reply(uuid4()))
    assert isinstance(first[0], e.Replied)
    assert isinstance(second[0], e.Replied)
    assert (first[0].first_response, second[0].first_response) == (True, False)


def test_a_claim_fails_when_somebody_was_faster() -> None:
    taken = [*HISTORIES[OPEN], *when(HISTORIES[OPEN], c.Assign("jo"))]
    claim = c.Assign("ola", AssignReason.SERVE_NEXT, only_if_unassigned=True)
    with pytest.raises(Refused) as refused:
        when(taken, claim)
    assert refused.value.code == "already_assigned"


def test_a_repeated_claim_of_the_same_agent_is_fine() -> None:
    claim = c.Assign("ola", AssignReason.SERVE_NEXT, only_if_unassigned=True)
    assert when([*HISTORIES[OPEN], *when(HISTORIES[OPEN], claim)], claim) == []


def test_a_snoozed_conversation_cannot_be_claimed() -> None:
    with pytest.raises(Refused) as refused:
        when(HISTORIES[SNOOZED], c.Assign("ola", only_if_unassigned=True))
    assert refused.value.code == "not_open"


def test_a_snooze_must_lie_ahead() -> None:
    with pytest.raises(Refused) as refused:
        when(HISTORIES[OPEN], c.Snooze(NOW))
    assert refused.value.code == "snooze_in_the_past"


def test_a_snooze_ends_when_its_time_comes_and_not_before() -> None:
    assert when(HISTORIES[SNOOZED], c.EndSnooze(), LATER - timedelta(seconds=1)) == []
    (event,) = when(HISTORIES[SNOOZED], c.EndSnooze(), LATER)
    assert isinstance(event, e.Reopened)
    assert event.reason is ReopenReason.SNOOZE_ENDED


@pytest.fixture
def sent() -> list[e.DomainEvent]:
    return [*HISTORIES[OPEN], *when(HISTORIES[OPEN], c.Reply(ANSWER))]


@pytest.mark.parametrize(
    ("known", "reported", "changes"),
    [
        ((), "sent", True),
        (("sent",), "sent", False),
        (("sent",), "delivered", True),
        (("delivered",), "sent", False),
        (("sent",), "bounced", True),
        (("bounced",), "delivered", False),
        (("unconfirmed",), "sent", True),
        (("sent",), "unconfirmed", False),
        (("sent", "failed"), "sent", False),
    ],
)
def test_delivery_only_moves_forward(
    sent: list[e.DomainEvent], known: tuple[str, ...], reported: str, changes: bool
) -> None:
    for state in known:
        sent = [*sent, *when(sent, c.RecordDelivery(ANSWER, DeliveryState(state)))]
    assert bool(when(sent, c.RecordDelivery(ANSWER, DeliveryState(reported)))) is changes


def test_a_receipt_for_an_unknown_message_changes_nothing(sent: list[e.DomainEvent]) -> None:
    assert when(sent, c.RecordDelivery(uuid4(), DeliveryState.SENT)) == []


def test_a_failed_message_can_be_sent_again_and_old_receipts_are_ignored(sent: list[e.DomainEvent]) -> None:
    failed = [*sent, *when(sent, c.RecordDelivery(ANSWER, DeliveryState.FAILED))]
    retried = [*failed, *when(failed, c.RetryDelivery(ANSWER))]
    assert when(retried, c.RecordDelivery(ANSWER, DeliveryState.SENT, attempt=1)) == []
    (event,) = when(retried, c.RecordDelivery(ANSWER, DeliveryState.SENT, attempt=2))
    assert isinstance(event, e.DeliveryChanged)
    assert event.state is DeliveryState.SENT


def test_a_sent_message_is_not_sent_again(sent: list[e.DomainEvent]) -> None:
    with pytest.raises(Refused) as refused:
        when(sent, c.RetryDelivery(ANSWER))
    assert refused.value.code == "not_failed"


def test_each_closing_can_be_rated_once() -> None:
    closed = HISTORIES[CLOSED]
    rated = [*closed, *when(closed, c.Rate(5, closing=1))]
    with pytest.raises(Refused) as refused:
        when(rated, c.Rate(1, closing=1))
    assert refused.value.code == "already_rated"
    again = [*rated, *when(rated, c.Reopen())]
    again = [*again, *when(again, c.Close())]
    assert len(when(again, c.Rate(4, closing=2))) == 1


def test_a_rating_is_for_who_closed_or_else_answered_last() -> None:
    jo = Actor(kind=ActorKind.AGENT, id="jo")
    worked = [*opened(), e.Replied(at=NOW, actor=jo, message_id=ANSWER, first_response=True)]
    first = [*worked, e.Closed(at=NOW, actor=OLA)]
    again = [*first, *when(first, c.Reopen()), e.Closed(at=NOW, actor=SYSTEM)]
    handed_on = [
        *again,
        *when(again, c.Reopen()),
        e.Assigned(at=NOW, actor=OLA, assignee="kim", reason=AssignReason.MANUAL),
    ]
    assert [rated_agent(handed_on, closing) for closing in (1, 2)] == ["ola", "jo"]


def rated_agent(history: list[e.DomainEvent], closing: int) -> str | None:
    (rated,) = when(history, c.Rate(5, closing))
    assert isinstance(rated, e.Rated)
    return rated.agent_id


def test_an_open_conversation_cannot_be_rated_before_its_first_closing() -> None:
    with pytest.raises(Refused) as refused:
        when(HISTORIES[OPEN], c.Rate(5, closing=1))
    assert refused.value.code == "not_closed"


def test_a_merged_conversation_takes_no_more_commands() -> None:
    merged = [*HISTORIES[OPEN], *when(HISTORIES[OPEN], c.MergeInto(uuid4()))]
    with pytest.raises(Refused) as refused:
        when(merged, c.Close())
    assert refused.value.code == "merged"
