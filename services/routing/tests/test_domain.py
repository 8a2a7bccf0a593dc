from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import UUID, uuid4

import pytest

from nitka.events import (
    Automatic,
    Channel,
    ContactKind,
    ContactPoint,
    ConversationStatus,
    DeliveryState,
    Payload,
    Presence,
)
from nitka.events.conversation import (
    AgentReplied,
    Archived,
    Assigned,
    AssignReason,
    Closed,
    ConversationOpened,
    ConversationPayload,
    CustomerMessageReceived,
    DeliveryChanged,
    LabelAdded,
    NoteAdded,
    Reopened,
    ReopenReason,
    Snoozed,
)
from nitka.routing.domain import (
    Answer,
    Claim,
    Known,
    Outcome,
    came,
    decide,
    evolve,
    left,
    served_after,
    set_presence,
)

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
ANN = ContactPoint(kind=ContactKind.EMAIL, value="ann@example.com")
ID = UUID("6f1c2f9e-7a35-5b7e-9f0a-3f6d6d0c5a11")
MAIL = {"conversation_id": ID, "channel": Channel.EMAIL, "account": "shop@example.com"}


def minutes(n: float) -> datetime:
    return NOON + timedelta(minutes=n)


def opened(n: int, automatic: Automatic | None = None) -> ConversationOpened:
    status = ConversationStatus.ARCHIVED if automatic else ConversationStatus.OPEN
    return ConversationOpened(**MAIL, sequence=n, number=1, contact=ANN, status=status, automatic=automatic)


def message(n: int, automatic: Automatic | None = None) -> CustomerMessageReceived:
    return CustomerMessageReceived(
        **MAIL, sequence=n, message_id=uuid4(), sender=ANN, external_id=f"m{n}", automatic=automatic
    )


def replied(n: int, waiting_since: datetime | None = None) -> AgentReplied:
    return AgentReplied(
        **MAIL, sequence=n, message_id=uuid4(), agent_id="a1", to=(ANN,), waiting_since=waiting_since
    )


def delivery(n: int, state: DeliveryState, agent_id: str | None = "a1") -> DeliveryChanged:
    return DeliveryChanged(conversation_id=ID, sequence=n, message_id=uuid4(), state=state, agent_id=agent_id)


def settled(n: int, waiting_since: datetime | None) -> DeliveryChanged:
    arrived = delivery(n, DeliveryState.SENT)
    return arrived.model_copy(update={"settled": True, "waiting_since": waiting_since})


def assigned(n: int, to: str | None, reason: AssignReason = AssignReason.MANUAL) -> Assigned:
    return Assigned(conversation_id=ID, sequence=n, assignee=to, reason=reason)


def reopened(n: int, reason: ReopenReason) -> Reopened:
    return Reopened(conversation_id=ID, sequence=n, previous=ConversationStatus.CLOSED, reason=reason)


def undone(n: int, waiting_since: datetime | None) -> Reopened:
    again = reopened(n, ReopenReason.MANUAL)
    return again.model_copy(update={"as_before": True, "waiting_since": waiting_since})


def plain(kind: type[ConversationPayload], n: int) -> ConversationPayload:
    return kind(conversation_id=ID, sequence=n)


def told(*events: Payload) -> Known:
    """What is known after events that happened at 12:01, 12:02 and so on."""
    return reduce(lambda k, e: evolve(k, e[1], minutes(e[0])), enumerate(events, 1), Known(ID))


LOST = DeliveryState.FAILED
SNOOZED = Snoozed(conversation_id=ID, sequence=3, until=minutes(60))


@pytest.mark.parametrize(
    ("case", "events", "since"),
    [
        ("a message waits", (opened(1), message(2)), 2),
        ("from the first one on", (opened(1), message(2), message(3)), 2),
        ("nothing was written yet", (opened(1),), None),
        ("a machine wrote", (opened(1, Automatic.BULK), message(2, Automatic.BULK)), None),
        ("a machine wrote into it", (opened(1), message(2), replied(3), message(4, Automatic.AUTO_REPLY)), None),
        ("answered", (opened(1), message(2), replied(3)), None),
        ("answered, but for what came meanwhile", (opened(1), message(2), message(3), replied(4, minutes(3))), 3),
        ("answered, then asked again", (opened(1), message(2), replied(3), message(4)), 4),
        ("somebody has it", (opened(1), message(2), assigned(3, "a1")), None),
        ("given back", (opened(1), message(2), assigned(3, "a1"), assigned(4, None)), 2),
        ("snoozed", (opened(1), message(2), SNOOZED), None),
        ("woken", (opened(1), message(2), SNOOZED, reopened(4, ReopenReason.SNOOZE_ENDED)), 2),
        ("closed", (opened(1), message(2), plain(Closed, 3)), None),
        ("archived", (opened(1), message(2), plain(Archived, 3)), None),
        (
            "closed and written to again",
            (opened(1), message(2), plain(Closed, 3), message(4), reopened(5, ReopenReason.CUSTOMER_MESSAGE)),
            4,
        ),
        (
            "closed, and the answer came back",
            (opened(1), message(2), plain(Closed, 3), reopened(4, ReopenReason.DELIVERY_FAILED)),
            4,
        ),
        (
            "open, and the answer was lost",
            (
                opened(1),
                message(2),
                replied(3),
                delivery(4, DeliveryState.BOUNCED),
                delivery(5, DeliveryState.FAILED),
            ),
            4,
        ),
        (
            "the answer was lost, and arrived after all",
            (opened(1), message(2), replied(3), delivery(4, DeliveryState.BOUNCED), settled(5, None)),
            None,
        ),
        (
            "the answer was lost, and arrived after another question",
            (opened(1), message(2), replied(3), delivery(4, LOST), message(5), settled(6, minutes(5))),
            5,
        ),
        (
            "the answer arrived",
            (opened(1), message(2), replied(3), delivery(4, DeliveryState.SENT)),
            None,
        ),
        (
            "nobody's message was lost",
            (opened(1), message(2), replied(3), delivery(4, DeliveryState.BOUNCED, None)),
            None,
        ),
        (
            "closed, and an answer from before was lost",
            (opened(1), message(2), plain(Closed, 3), delivery(4, DeliveryState.BOUNCED)),
            None,
        ),
        ("closed by mistake", (opened(1), message(2), plain(Closed, 3), undone(4, minutes(2))), 2),
        ("closed by mistake, answered before", (opened(1), message(2), plain(Closed, 3), undone(4, None)), None),
        ("reopened by us", (opened(1), message(2), plain(Closed, 3), reopened(4, ReopenReason.MANUAL)), 4),
        (
            "notes and labels change nothing",
            (
                opened(1),
                message(2),
                NoteAdded(conversation_id=ID, sequence=3, message_id=uuid4(), agent_id="a1"),
                LabelAdded(conversation_id=ID, sequence=4, label="vip"),
            ),
            2,
        ),
        ("the beginning was not kept", (message(7),), 1),
    ],
)
def test_who_waits_and_since_when(case: str, events: tuple[Payload, ...], since: int | None) -> None:
    known = told(*events)
    assert known.waits is (since is not None), case
    if since is not None:
        assert known.waiting_since == minutes(since), case


def test_events_that_come_again_change_nothing() -> None:
    history = [opened(1), message(2), assigned(3, "a1"), assigned(4, None), replied(5), message(6)]
    expected = told(*history)
    chance = random.Random(3)
    for _ in range(50):
        known = Known(ID)
        for n, event in enumerate(history, 1):
            known = evolve(known, event, minutes(n))
            for again in chance.sample(range(n), chance.randrange(0, n)):
                known = evolve(known, history[again], minutes(again + 1))
        assert known == expected


def test_being_served_is_told_once_with_the_time_waited() -> None:
    known = told(opened(1), message(2))
    given = assigned(3, "a1", AssignReason.SERVE_NEXT)
    assert served_after(known, given, minutes(12)) == 600
    assert served_after(evolve(known, given, minutes(12)), given, minutes(12)) is None
    assert served_after(known, assigned(3, "a1"), minutes(12)) is None


CLAIM = Claim(ID, "a1", 5, NOON)


@pytest.mark.parametrize(
    ("answer", "outcome", "through"),
    [
        (Answer(200, "a1", 6), Outcome.SERVED, 5),
        (Answer(200, "a1", 9), Outcome.SERVED, 8),
        (Answer(200, "a2", 9), Outcome.OUTDATED, 8),
        (Answer(409), Outcome.OUTDATED, 5),
        (Answer(404), Outcome.OUTDATED, 5),
        (Answer(500), Outcome.FAILED, 0),
        (Answer(422), Outcome.FAILED, 0),
    ],
)
def test_only_the_conversations_own_word_counts(answer: Answer, outcome: Outcome, through: int) -> None:
    assert decide(CLAIM, answer) == (outcome, through)


def test_a_repeated_attempt_is_the_same_command_and_a_new_round_another() -> None:
    assert Claim(ID, "a1", 5, NOON).command_id == CLAIM.command_id
    others = {Claim(ID, "a1", 6, NOON), Claim(ID, "a2", 5, NOON), Claim(uuid4(), "a1", 5, NOON)}
    assert CLAIM.command_id not in {c.command_id for c in others}


def test_presence_changes_are_counted_and_repetitions_are_none() -> None:
    came = set_presence(None, "a1", Presence.ONLINE, "ignored", NOON)
    assert came is not None and (came.version, came.reason, came.since) == (1, None, NOON)
    assert set_presence(came, "a1", Presence.ONLINE, None, minutes(1)) is None
    lunch = set_presence(came, "a1", Presence.PAUSED, "lunch", minutes(2))
    assert lunch is not None and (lunch.version, lunch.reason) == (2, "lunch")
    training = set_presence(lunch, "a1", Presence.PAUSED, "training", minutes(3))
    assert training is not None and training.since == minutes(3)


def test_an_open_app_says_that_an_agent_is_there_unless_they_have_chosen_otherwise() -> None:
    here = came(None, "a1", NOON)
    assert here is not None and (here.presence, here.version) == (Presence.ONLINE, 1)
    assert came(here, "a1", minutes(1)) is None
    gone = left(here, minutes(2))
    assert gone is not None and (gone.presence, gone.since, gone.version) == (Presence.OFFLINE, minutes(2), 2)
    back = came(gone, "a1", minutes(3))
    assert back is not None and (back.presence, back.seen_at) == (Presence.ONLINE, minutes(3))
    for chosen in (Presence.PAUSED, Presence.OFFLINE):
        said = set_presence(back, "a1", chosen, None, minutes(4))
        assert came(said, "a1", minutes(5)) is None
        assert left(said, minutes(60)) is None
        again = set_presence(said, "a1", Presence.ONLINE, None, minutes(61))
        assert again is not None and not again.chosen


def test_who_was_seen_lately_has_not_left() -> None:
    here = came(None, "a1", NOON)
    assert left(here, minutes(0.9)) is None
    assert left(None, NOON) is None


def test_to_stay_offline_can_be_chosen_by_who_is_offline() -> None:
    gone = left(came(None, "a1", NOON), minutes(2))
    chosen = set_presence(gone, "a1", Presence.OFFLINE, None, minutes(3))
    assert came(chosen, "a1", minutes(4)) is None
