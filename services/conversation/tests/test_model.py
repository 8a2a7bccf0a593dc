"""Whatever is done to a conversation in whatever order, it behaves like a much simpler model of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nitka.conversation.domain import Conversation, Refused, decide, evolve, fold
from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.events import SYSTEM, Actor, ActorKind, Automatic, Channel, ConversationStatus, DeliveryState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN = UUID(int=1)
CUSTOMER, OLA = Actor(kind=ActorKind.CUSTOMER, id=str(ANN)), Actor(kind=ActorKind.AGENT, id="ola")
AGENTS = st.sampled_from(["ola", "jo", "kim"])
LABELS = st.sampled_from(["returns", "delivery", "vip"])


class Conversations(RuleBasedStateMachine):
    """The model: a status, who waits since when and would without losses, and plain sets."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.ids = 100
        self.history: list[e.DomainEvent] = []
        self.state: Conversation | None = None
        self.status = "open"
        self.waiting: datetime | None = None
        self.wakes: datetime | None = None
        self.assignee: str | None = None
        self.labels: set[str] = set()
        self.followers: set[str] = set()
        self.messages: list[UUID] = []
        self.answers: list[UUID] = []
        self.lost: set[UUID] = set()
        self.lost_at: datetime | None = None
        self.done: tuple[datetime | None, set[UUID], datetime | None] = None, set(), None
        self.held: dict[UUID, tuple[str, datetime]] = {}
        self.wrote = self.news = self.looked = NOON
        self.seen = 0
        self.closings = self.rated = 0

    def new_id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def give(self, command: c.Command, actor: Actor = OLA) -> list[e.DomainEvent]:
        self.now += timedelta(minutes=1)
        events = decide(self.state, command, actor, self.now)
        for event in events:
            self.history.append(event)
            self.state = evolve(self.state, event)
        return events

    def refuses(self, command: c.Command, code: str) -> None:
        with pytest.raises(Refused) as refused:
            self.give(command)
        assert refused.value.code == code

    def receive(self, automatic: Automatic | None = None, *, reopen: bool = True) -> UUID:
        message = self.new_id()
        self.give(c.Receive(message, ANN, Channel.EMAIL, "s@x", 7, automatic, reopen), CUSTOMER)
        self.messages.append(message)
        return message

    @initialize()
    def a_customer_writes_first(self) -> None:
        self.receive()
        self.waiting = self.wrote = self.news = self.now
        self.an_agent_looks()

    @rule()
    def an_agent_looks(self) -> None:
        assert self.state is not None
        self.looked, self.seen = self.now, self.state.version

    @rule(reopen=st.booleans())
    def a_customer_writes(self, reopen: bool) -> None:
        self.receive(reopen=reopen)
        self.wrote = self.news = self.now
        self.waiting = self.waiting or self.now
        if self.status != "archived" or reopen:
            self.status, self.wakes = "open", None

    @rule()
    def a_machine_writes(self) -> None:
        self.receive(Automatic.AUTO_REPLY)

    @rule()
    def the_same_mail_comes_again(self) -> None:
        again = c.Receive(self.messages[0], ANN, Channel.EMAIL, "s@x", 7)
        if self.messages[0] in (self.state.messages if self.state else ()):
            assert self.give(again, CUSTOMER) == []

    @rule(aside=st.booleans())
    def reply(self, aside: bool) -> None:
        message = self.new_id()
        if self.status in ("open", "snoozed"):
            self.give(c.Reply(message, self.seen, aside))
            self.messages.append(message)
            self.answers.append(message)
            self.answered(self.looked, aside)
        else:
            self.refuses(c.Reply(message), f"conversation_{self.status}")

    def answered(self, known_at: datetime, aside: bool = False) -> bool:
        """An answer by somebody who knew what there was at that time; whether it leaves nothing open."""
        unseen, owed = self.news > known_at, self.owed()
        self.waiting = owed if aside else max(owed, self.wrote) if unseen and owed else None
        self.lost = set()
        self.done = self.waiting, set(), None
        return not unseen

    def owed(self) -> datetime | None:
        return min((at for at in (self.waiting, self.lost and self.lost_at) if at), default=None)

    @rule(then=st.sampled_from(e.Then))
    def hold(self, then: e.Then) -> None:
        message = self.new_id()
        command = c.ScheduleReply(message, self.now + timedelta(minutes=5), then, self.now + timedelta(days=1))
        if self.status in ("open", "snoozed"):
            self.give(command)
            self.held[message] = then.value, self.now
        else:
            self.refuses(command, f"conversation_{self.status}")

    @precondition(lambda self: self.held)
    @rule()
    def release(self) -> None:
        message, (then, held_at) = self.held.popitem()
        self.give(c.ReleaseReply(message))
        self.messages.append(message)
        if self.answered(held_at) and self.status in ("open", "snoozed"):
            if then == "close":
                self.close_model()
            elif then == "snooze":
                assert self.state is not None
                self.status, self.wakes = "snoozed", self.state.snoozed_until
        self.refuses(c.ReleaseReply(message), "not_held")

    @precondition(lambda self: self.held)
    @rule()
    def withdraw(self) -> None:
        message, _ = self.held.popitem()
        self.give(c.WithdrawReply(message))
        self.refuses(c.WithdrawReply(message), "not_held")

    def close_model(self) -> None:
        self.is_done("closed")
        self.closings += 1

    def is_done(self, status: str) -> None:
        self.done = self.waiting, self.lost, self.lost_at
        self.status, self.waiting, self.wakes, self.lost = status, None, None, set()

    @rule()
    def close(self) -> None:
        if self.status in ("open", "snoozed"):
            self.give(c.Close())
            self.close_model()
        else:
            self.refuses(c.Close(), f"conversation_{self.status}")

    @rule()
    def archive(self) -> None:
        if self.status == "archived":
            self.refuses(c.Archive(), "conversation_archived")
        else:
            self.give(c.Archive())
            self.is_done("archived")

    @rule(undo=st.booleans())
    def reopen(self, undo: bool) -> None:
        if self.status == "open":
            self.refuses(c.Reopen(undo), "already_open")
            return
        self.give(c.Reopen(undo))
        if self.status == "snoozed":
            pass  # who waits has waited all the time
        elif undo and not self.lost:
            waited, lost, self.lost_at = self.done
            self.lost = {message for message in lost if self.is_missed(message)}
            self.waiting = waited or self.waiting
        else:
            self.waiting = self.waiting or self.now
        self.status, self.wakes = "open", None

    def is_missed(self, _: UUID) -> bool:
        """Whether somebody has not got an answer that came back before."""
        return True

    @precondition(lambda self: self.answers)
    @rule()
    def an_answer_comes_back(self) -> None:
        message = self.answers.pop()
        self.give(c.RecordDelivery(message, DeliveryState.BOUNCED, agent_id="ola"), SYSTEM)
        since = self.lost_at if self.lost else None
        self.lost_at = since if self.status == "archived" else since or self.now
        self.lost.add(message)
        if self.status != "archived":
            self.status, self.wakes = "open", None

    @precondition(lambda self: self.lost and self.status != "archived")
    @rule(data=st.data())
    def it_is_sent_again_and_arrives(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(sorted(self.lost)))
        (queued,) = self.give(c.RetryDelivery(message))
        assert isinstance(queued, e.DeliveryChanged)
        (arrived,) = self.give(c.RecordDelivery(message, DeliveryState.DELIVERED, queued.attempt), SYSTEM)
        self.lost.discard(message)
        assert isinstance(arrived, e.DeliveryChanged)
        assert (arrived.settled, arrived.waiting_since) == (not self.lost, None if self.lost else self.waiting)

    @rule(minutes=st.integers(-5, 60))
    def snooze(self, minutes: int) -> None:
        until = self.now + timedelta(minutes=minutes)
        if self.status not in ("open", "snoozed"):
            self.refuses(c.Snooze(until), f"conversation_{self.status}")
        elif until <= self.now + timedelta(minutes=1):
            self.refuses(c.Snooze(until), "snooze_in_the_past")
        else:
            self.give(c.Snooze(until))
            self.status, self.wakes = "snoozed", until

    @precondition(lambda self: self.status == "snoozed")
    @rule()
    def the_snooze_timer_rings(self) -> None:
        assert self.wakes is not None
        woke = bool(self.give(c.EndSnooze()))
        assert woke == (self.wakes <= self.now)
        if woke:
            self.status, self.wakes = "open", None
            self.waiting = self.waiting or self.now

    @rule(agent=st.none() | AGENTS)
    def assign(self, agent: str | None) -> None:
        if self.status in ("open", "snoozed"):
            self.give(c.Assign(agent))
            self.assignee = agent
        else:
            self.refuses(c.Assign(agent), f"conversation_{self.status}")

    @rule(label=LABELS)
    def label(self, label: str) -> None:
        assert bool(self.give(c.AddLabel(label))) == (label not in self.labels)
        self.labels.add(label)

    @rule(label=LABELS)
    def unlabel(self, label: str) -> None:
        assert bool(self.give(c.RemoveLabel(label))) == (label in self.labels)
        self.labels.discard(label)

    @rule(agent=AGENTS)
    def follow(self, agent: str) -> None:
        assert bool(self.give(c.Follow(agent))) == (agent not in self.followers)
        self.followers.add(agent)

    @rule(agent=AGENTS)
    def unfollow(self, agent: str) -> None:
        assert bool(self.give(c.Unfollow(agent))) == (agent in self.followers)
        self.followers.discard(agent)

    @rule(score=st.integers(1, 5), back=st.integers(-1, 2))
    def rate(self, score: int, back: int) -> None:
        closing = self.closings - back
        if closing > self.closings:
            self.refuses(c.Rate(score, closing), "not_closed")
        elif closing <= self.rated:
            self.refuses(c.Rate(score, closing), "already_rated")
        else:
            self.give(c.Rate(score, closing))
            self.rated = closing

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        state = self.state
        if state is None:
            return
        assert state.status is ConversationStatus(self.status)
        assert (state.owed_since, state.snoozed_until) == (self.owed(), self.wakes)
        assert (state.assignee, set(state.labels), set(state.followers)) == (
            self.assignee, self.labels, self.followers,
        )  # fmt: skip
        assert list(state.messages) == self.messages
        assert set(state.held) == set(self.held)
        assert (state.closings, state.rated_closing) == (self.closings, self.rated)
        assert state.version == len(self.history)

    @invariant()
    def it_knows_what_was_lost(self) -> None:
        assert self.state is None or self.state.lost == self.lost

    def teardown(self) -> None:
        """The state is nothing but the fold of the history, and survives being written down."""
        assert fold(self.history) == self.state
        if self.state is not None:
            assert Conversation.model_validate_json(self.state.model_dump_json()) == self.state


Conversations.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestConversations = Conversations.TestCase
