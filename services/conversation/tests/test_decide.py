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
HOUR = timedelta(hours=1)
LATER, TOMORROW = NOW + HOUR, NOW + timedelta(days=1)
FORWARD, SENT = ForwardMode.FORWARD, DeliveryState.SENT
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


ASKED_AT = NOW + timedelta(hours=2)
JO, HELD = Actor(kind=ActorKind.AGENT, id="jo"), UUID(int=300)
ANSWERED = e.Replied(at=NOW, actor=OLA, message_id=ANSWER, first_response=True)
MISSED = e.DeliveryChanged(at=NOW, actor=OLA, message_id=ANSWER, state=DeliveryState.FAILED)
WAITS = e.ReplyScheduled(at=NOW, actor=OLA, message_id=HELD, send_at=LATER)
WATCHED = e.FollowerAdded(at=NOW, actor=JO, agent_id="jo")
JOINED = e.ParticipantAdded(at=NOW, actor=OLA, contact_id=ANN)
LABELLED = e.LabelAdded(at=NOW, actor=OLA, label="returns")
DONE_ONCE = (
    e.Closed(at=NOW, actor=OLA),
    e.Reopened(at=NOW, actor=OLA, previous=CLOSED, reason=ReopenReason.MANUAL),
)
Given = tuple[e.DomainEvent, ...]

# A command, after what it is given, and what it leads to: the status, or why it is refused.
# given in:                                    open        snoozed      closed     archived
TABLE: tuple[tuple[c.Command, Given, str], ...] = (
    (received(HELD), (), "                     open        open         open       open"),
    (received(HELD, Automatic.BOUNCE), (), "   open        snoozed      closed     archived"),
    (c.Reply(ANSWER), (), "                    open        snoozed      !closed    !archived"),
    (c.ScheduleReply(HELD, LATER), (), "       open        snoozed      !closed    !archived"),
    (c.ScheduleForward(HELD, LATER, QUESTION, FORWARD), (), "open snoozed closed archived"),
    (c.ReleaseReply(HELD), (WAITS,), "         open        snoozed      closed     archived"),
    (c.WithdrawReply(HELD), (WAITS,), "        open        snoozed      closed     archived"),
    (c.Forward(HELD, QUESTION, FORWARD), (), " open        snoozed      closed     archived"),
    (c.AutoReply(HELD, "rule", HOUR), (), "    open        snoozed      !closed    !archived"),
    (c.AddNote(HELD, ("jo",)), (), "           open        snoozed      closed     archived"),
    (c.RecordDelivery(ANSWER, SENT), (ANSWERED,), "open    snoozed      closed     archived"),
    (c.RetryDelivery(ANSWER), (ANSWERED, MISSED), "open    snoozed      closed     !archived"),
    (c.Assign("ola"), (), "                    open        snoozed      !closed    !archived"),
    (c.Follow("jo"), (), "                     open        snoozed      closed     archived"),
    (c.Unfollow("jo"), (WATCHED,), "           open        snoozed      closed     archived"),
    (c.AddParticipant(ANN), (), "              open        snoozed      closed     archived"),
    (c.RemoveParticipant(ANN), (JOINED,), "    open        snoozed      closed     archived"),
    (c.SetPriority(Priority.URGENT), (), "     open        snoozed      !closed    !archived"),
    (c.SetQueue("returns"), (), "              open        snoozed      !closed    !archived"),
    (c.AddLabel("returns"), (), "              open        snoozed      closed     archived"),
    (c.RemoveLabel("returns"), (LABELLED,), "  open        snoozed      closed     archived"),
    (c.Close(), (), "                          closed      closed       !closed    !archived"),
    (c.Reopen(), (), "                         !open       open         open       open"),
    (c.Snooze(TOMORROW), (), "                 snoozed     snoozed      !closed    !archived"),
    (c.EndSnooze(), (), "                      !open       open         !closed    !archived"),
    (c.Archive(), (), "                        archived    archived     archived   !archived"),
    (c.RequestRating(HELD), (ANSWERED,), "     !open       !snoozed     closed     !archived"),
    (c.Rate(5, closing=1), DONE_ONCE, "        open        snoozed      closed     archived"),
    (c.AbsorbRating(HELD, 5), (), "            open        snoozed      closed     archived"),
    (c.LinkCustomer(HELD), (), "               open        snoozed      closed     archived"),
    (c.MergeInto(HELD), (), "                  archived    archived     archived   archived"),
    (c.Absorb(HELD, ()), (), "                 open        snoozed      closed     archived"),
    (c.Absorb(HELD, (), waiting_since=NOW), (), "open      open         open       open"),
    (c.Split(HELD, (ANSWER,), frozenset(), None), (ANSWERED,), "open snoozed closed archived"),
)  # fmt: skip


@pytest.mark.parametrize("at", range(4), ids=["open", "snoozed", "closed", "archived"])
@pytest.mark.parametrize(("command", "given", "leads_to"), TABLE, ids=lambda x: type(x).__name__)
def test_every_command_in_every_status(command: c.Command, given: Given, leads_to: str, at: int) -> None:
    status = (OPEN, SNOOZED, CLOSED, ARCHIVED)[at]
    begun, wrote, *then = HISTORIES[status]
    history = [begun, wrote, *given, *then]
    expected = leads_to.split()[at]
    if not expected.startswith("!"):
        events = when(history, command, ASKED_AT)
        state = fold([*history, *events])
        assert events, "it does something"
        assert state is not None
        assert state.status.value == expected
        return
    with pytest.raises(Refused) as refused:
        when(history, command, ASKED_AT)
    assert refused.value.code == ("already_open" if type(command) is c.Reopen else f"conversation_{expected[1:]}")
    assert expected[1:] in refused.value.reason


def test_every_command_is_tried_in_every_status() -> None:
    assert {type(command) for command, _, _ in TABLE} | {c.Start, c.BeginWithSplit} == set(c.Command.__args__)
    assert all(len(leads_to.split()) == 4 for _, _, leads_to in TABLE)


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


@pytest.mark.parametrize("end", [c.Close(), c.Archive()])
def test_undoing_brings_back_who_waits_and_what_was_lost(end: c.Command) -> None:
    bounced = e.DeliveryChanged(
        at=LATER, actor=SYSTEM, message_id=ANSWER, state=DeliveryState.BOUNCED, agent_id="ola"
    )
    for history in (opened(), [*opened(), ANSWERED], [*opened(), ANSWERED, bounced]):
        before = fold(history)
        ended = [*history, *when(history, end, TOMORROW)]
        after = fold([*ended, *when(ended, c.Reopen(undo=True), TOMORROW)])
        assert before is not None
        assert after is not None
        assert (after.status, after.waiting_since, after.lost) == (OPEN, before.waiting_since, before.lost)
        later = fold([*ended, *when(ended, c.Reopen(), TOMORROW + HOUR)])
        assert later is not None
        assert (later.waiting_since, later.lost) == (TOMORROW + HOUR, frozenset())


def test_undoing_a_closing_does_not_undo_the_answer_that_left_meanwhile() -> None:
    history = [*opened(), WAITS]
    closed = [*history, *when(history, c.Close())]
    answered = [*closed, *when(closed, c.ReleaseReply(HELD), LATER)]
    state = fold([*answered, *when(answered, c.Reopen(undo=True), LATER)])
    assert state is not None
    assert (state.status, state.waiting_since) == (OPEN, None)


@pytest.mark.parametrize("since", [None, NOW])
def test_who_wakes_what_is_asleep_makes_nobody_wait(since: datetime | None) -> None:
    history = [*opened(), *(() if since else (ANSWERED,))]
    asleep = [*history, *when(history, c.Snooze(TOMORROW))]
    state = fold([*asleep, *when(asleep, c.Reopen(), LATER)])
    assert state is not None
    assert (state.status, state.waiting_since) == (OPEN, since)


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


def test_what_is_said_to_a_third_party_answers_no_customer() -> None:
    aside = when(HISTORIES[OPEN], c.Reply(ANSWER, aside=True))
    state = fold([*HISTORIES[OPEN], *aside])
    assert state is not None
    assert (state.waiting_since, state.replied) == (NOW, False)
    (answer,) = when([*HISTORIES[OPEN], *aside], c.Reply(uuid4()))
    assert isinstance(answer, e.Replied)
    assert (answer.first_response, answer.waiting_since) == (True, None)


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


B, C = UUID(int=2), UUID(int=3)
LOST = [DeliveryState.FAILED, DeliveryState.UNCONFIRMED, DeliveryState.BOUNCED]


def missed(recipient: UUID, attempt: int = 1, state: DeliveryState = DeliveryState.FAILED) -> c.RecordDelivery:
    return c.RecordDelivery(ANSWER, state, attempt, recipient_id=recipient, partial=True)


def told(history: list[e.DomainEvent], *commands: c.Command) -> list[e.DomainEvent]:
    for command in commands:
        history = [*history, *when(history, command)]
    return history


def delivery(history: list[e.DomainEvent]) -> tuple[DeliveryState, set[UUID]]:
    state = fold(history)
    assert state is not None
    return state.deliveries[ANSWER][0], set(state.refused.get(ANSWER, ()))


def asked_again(history: list[e.DomainEvent]) -> tuple[UUID, ...]:
    (event,) = when(history, c.RetryDelivery(ANSWER))
    assert isinstance(event, e.DeliveryChanged)
    return event.only


@pytest.mark.parametrize("state", LOST)
@pytest.mark.parametrize("named", [True, False])
def test_an_attempt_for_some_that_fails_leaves_the_message_with_the_others(
    sent: list[e.DomainEvent], state: DeliveryState, named: bool
) -> None:
    one_missed = told(sent, c.RecordDelivery(ANSWER, DeliveryState.SENT), missed(B))
    assert asked_again(one_missed) == (B,)
    report = missed(B, 2, state) if named else c.RecordDelivery(ANSWER, state, attempt=2)
    again = told(one_missed, c.RetryDelivery(ANSWER), report)
    assert delivery(again) == (DeliveryState.SENT, {B})
    assert asked_again(again) == (B,)
    assert when(again, report) == []


MORE = UUID(int=400)
MEANWHILE: dict[str, list[c.Command]] = {
    "nothing": [],
    "a note": [c.AddNote(HELD)],
    "a colleague": [c.Assign("jo")],
    "a message": [received(MORE)],
    "done": [c.Close()],
    "done, and undone": [c.Close(), c.Reopen(undo=True)],
    "done, and taken up": [c.Archive(), c.Reopen()],
    "asleep": [c.Snooze(TOMORROW)],
    "asleep, and awake": [c.Snooze(TOMORROW), c.Reopen()],
    "asleep, and rung": [c.Snooze(NOW + 8 * HOUR), c.EndSnooze()],
    "answered anew": [c.Reply(HELD)],
    "a merge": [c.Absorb(uuid4(), (MORE,), waiting_since=NOW)],
    "a merge of what was answered": [c.Absorb(uuid4(), (MORE,))],
}


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.UNCONFIRMED])
@pytest.mark.parametrize(
    ("then", "meanwhile"),
    # Where the loss reopens it, other things can be done than where it does not.
    [((c.Close(),), "nothing"), ((c.Snooze(TOMORROW),), "nothing"), *(((), one) for one in MEANWHILE)],
)
def test_who_waits_after_an_answer_was_lost_and_sent_again_waits_as_if_it_had_arrived_at_once(
    sent: list[e.DomainEvent], state: DeliveryState, then: tuple[c.Command, ...], meanwhile: str
) -> None:
    lost = c.RecordDelivery(ANSWER, state, agent_id="ola")
    bad = hourly(sent, *then, lost, *MEANWHILE[meanwhile], c.RetryDelivery(ANSWER))
    good = hourly(sent, *then, c.RecordDelivery(ANSWER, SENT), *MEANWHILE[meanwhile])
    assert owed_since(bad) or meanwhile in ("done", "answered anew"), "nobody knows yet"
    arrived = [*bad, *when(bad, c.RecordDelivery(ANSWER, SENT, attempt=2), TOMORROW)]
    assert owed_since(arrived) == owed_since(good)
    told_last = arrived[-1]
    assert isinstance(told_last, e.DeliveryChanged)
    assert not told_last.settled or told_last.waiting_since == owed_since(good)
    if not told_last.settled:
        assert owed_since(arrived) == owed_since(bad), "who follows the events knows as well"


def test_who_waits_for_two_answers_that_were_lost_waits_until_both_have_arrived(sent: list[e.DomainEvent]) -> None:
    both = hourly(sent, c.Reply(HELD), *(c.RecordDelivery(m, LOST[0], agent_id="ola") for m in (ANSWER, HELD)))
    again = hourly(both, c.RetryDelivery(ANSWER), c.RetryDelivery(HELD))
    one = hourly(again, c.RecordDelivery(HELD, SENT, attempt=2))
    assert owed_since(one) == owed_since(both) is not None
    assert owed_since(hourly(one, c.RecordDelivery(ANSWER, SENT, attempt=2))) is None


def hourly(history: list[e.DomainEvent], *commands: c.Command) -> list[e.DomainEvent]:
    """What happens at one, at two and so on, or from when on it went on."""
    start = max(event.at for event in history)
    for hour, command in enumerate(commands, 1):
        history = [*history, *when(history, command, start + hour * HOUR)]
    return history


def owed_since(history: list[e.DomainEvent]) -> datetime | None:
    state = fold(history)
    assert state is not None
    return state.owed_since


def test_a_bounce_that_names_none_of_them_is_about_the_last_attempt(sent: list[e.DomainEvent]) -> None:
    again = told(sent, c.RecordDelivery(ANSWER, DeliveryState.SENT), missed(B), c.RetryDelivery(ANSWER))
    bounced = told(again, *(c.RecordDelivery(ANSWER, s, 2) for s in (DeliveryState.SENT, DeliveryState.BOUNCED)))
    assert delivery(bounced) == (DeliveryState.SENT, {B})
    assert asked_again(bounced) == (B,)


def test_an_attempt_for_some_may_reach_a_part_of_them(sent: list[e.DomainEvent]) -> None:
    again = told(sent, missed(B), missed(C), c.RecordDelivery(ANSWER, DeliveryState.SENT), c.RetryDelivery(ANSWER))
    first = told(again, missed(C, 2))
    assert delivery(first) == (DeliveryState.QUEUED, {C}), "what became of the other is not known yet"
    with pytest.raises(Refused) as refused:
        asked_again(first)
    assert refused.value.code == "not_failed"
    both = told(first, c.RecordDelivery(ANSWER, DeliveryState.SENT, attempt=2))
    assert delivery(both) == (DeliveryState.SENT, {C})
    assert asked_again(both) == (C,)
    assert when(both, missed(B)) == [], "of an attempt that is over"


def test_what_reached_nobody_goes_to_all_again_whoever_was_named(sent: list[e.DomainEvent]) -> None:
    failed = told(sent, c.RecordDelivery(ANSWER, DeliveryState.FAILED), missed(B))
    assert asked_again(failed) == ()
    again = told(failed, c.RetryDelivery(ANSWER))
    assert delivery(again) == (DeliveryState.QUEUED, set())
    assert delivery(told(again, c.RecordDelivery(ANSWER, DeliveryState.FAILED, 2))) == (
        DeliveryState.FAILED,
        set(),
    )


def test_what_one_missed_in_the_first_attempt_may_be_told_during_the_second(sent: list[e.DomainEvent]) -> None:
    again = told(sent, c.RecordDelivery(ANSWER, DeliveryState.SENT), missed(B), c.RetryDelivery(ANSWER), missed(C))
    assert delivery(again) == (DeliveryState.QUEUED, {C})
    assert asked_again(told(again, c.RecordDelivery(ANSWER, DeliveryState.FAILED, attempt=2))) == (B, C)


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


def test_what_a_conversation_has_itself_stays_when_it_takes_over_another() -> None:
    mine = told(
        HISTORIES[OPEN], c.SetPriority(Priority.HIGH), c.SetQueue("returns"), c.Assign("ola"), c.LinkCustomer(ANN)
    )
    other = c.Absorb(uuid4(), (), priority=Priority.NORMAL, queue="orders", assignee="jo", customer_id=B)
    assert [type(event) for event in when(mine, other)] == [e.Absorbed]


def test_the_newest_automatic_reply_of_both_counts_and_a_person_makes_a_machines_thread_a_persons() -> None:
    history = [*opened(Automatic.AUTO_REPLY), e.AutoReplied(at=NOW, actor=OLA, message_id=ANSWER, rule_id="r")]
    for at, automatic, expected in ((LATER, False, LATER), (None, True, NOW)):
        state = fold(told(history, c.Absorb(uuid4(), (), automatic=automatic, auto_replied_at=at)))
        assert state is not None
        assert (state.auto_replied_at, state.automatic) == (expected, automatic)


def test_a_merged_conversation_takes_no_more_commands() -> None:
    merged = [*HISTORIES[OPEN], *when(HISTORIES[OPEN], c.MergeInto(uuid4()))]
    with pytest.raises(Refused) as refused:
        when(merged, c.Close())
    assert refused.value.code == "merged"
