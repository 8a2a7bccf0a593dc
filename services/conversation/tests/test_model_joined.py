"""Whatever becomes of mails, and however conversations are joined and parted, a simple model knows it as well.

The rest of a conversation's life is in `test_model.py`, whose machine goes on here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from services.conversation.tests.test_model import AGENTS, ANN, LABELS, Conversations

from nitka.conversation.domain import Conversation, decide, evolve
from nitka.conversation.domain import commands as c
from nitka.conversation.domain import events as e
from nitka.conversation.handlers.joining import absorb
from nitka.events import SYSTEM, Actor, ActorKind, Channel, DeliveryState
from nitka.events.conversation import Priority

ALL = frozenset(UUID(int=n) for n in (11, 12, 13))
"""Whom every mail goes to."""
SOME, ONE = st.frozensets(st.sampled_from(sorted(ALL))), st.sampled_from(sorted(ALL))
WINDOW = timedelta(minutes=5)
URGENCY = list(Priority)


@dataclass
class Mail:
    """What the world knows of a mail of ours. `sure`: it is known who has it."""

    state: str = "queued"
    attempt: int = 1
    only: frozenset[UUID] = frozenset()
    has: set[UUID] = field(default_factory=set)
    missed: set[UUID] = field(default_factory=set)
    sure: bool = True


class Joined(Conversations):
    """The model: what became of each mail, sets of people, the larger and the earlier of two values."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: dict[UUID, Mail] = {}
        self.participants: set[UUID] = set()
        self.priority = Priority.NORMAL
        self.queue: str | None = None
        self.replied = False
        self.asked = 0
        self.auto_replied: datetime | None = None

    def give(self, command: c.Command, actor: Actor | None = None) -> list[e.DomainEvent]:
        events = super().give(command, actor) if actor else super().give(command)
        for event in events:
            if isinstance(event, e.Replied):
                aside = isinstance(command, c.Reply) and command.aside
                assert event.first_response == (not self.replied and not aside)
                self.replied |= not aside
            if isinstance(event, e.Replied | e.AutoReplied | e.RatingRequested):
                self.mails[event.message_id] = Mail()
            if isinstance(event, e.DeliveryChanged) and event.settled:
                assert event.waiting_since == self.waiting
                self.lost = set()
        return events

    def report(self, message: UUID, state: str, recipient: UUID | None = None) -> c.RecordDelivery:
        attempt = self.mails[message].attempt
        return c.RecordDelivery(message, DeliveryState(state), attempt, False, recipient, recipient is not None)

    # --- what becomes of mails ---------------------------------------------------------------------------------

    def in_doubt(self) -> Mail | None:
        """The last answer, as long as its first attempt may still come back as a whole."""
        mail = self.mails.get(self.answers[-1]) if self.answers else None
        return mail if mail and mail.attempt == 1 and mail.state in ("queued", "sent") else None

    @precondition(lambda self: self.in_doubt())
    @rule()
    def an_answer_comes_back(self) -> None:
        mail = self.in_doubt()
        assert mail is not None
        super().an_answer_comes_back()
        mail.state, mail.sure = "bounced", False

    @precondition(lambda _: False)
    @rule(data=st.none())
    def it_is_sent_again_and_arrives(self, data: None) -> None:
        """What becomes of it then is told by the rule below."""

    def is_missed(self, message: UUID) -> bool:
        mail = self.mails.get(message)
        return mail is not None and (mail.state in ("bounced", "failed", "unconfirmed") or bool(mail.missed))

    @precondition(lambda self: self.mails)
    @rule(data=st.data(), steps=st.integers(1, 6))
    def a_mail_goes_its_way(self, data: st.DataObject, steps: int) -> None:
        message = data.draw(st.sampled_from(list(self.mails)))
        for _ in range(steps):
            mail = self.mails[message]
            ways = [self.tried, self.unclear] if mail.state == "queued" else [self.sent_again, self.come_back]
            data.draw(st.sampled_from([*ways, ways[0]]))(data, message, mail)
            self.it_knows_what_became_of_each_mail()

    def tried(self, data: st.DataObject, message: UUID, mail: Mail) -> None:
        """All, some or none of those get it whom it is for now; what is told comes in any order, and again."""
        asked = mail.only or ALL
        refused = data.draw(st.just(frozenset(asked)) | st.frozensets(st.sampled_from(sorted(asked))))
        reports = [self.report(message, "failed", one) for one in refused]
        mail.state = "sent"
        if refused < asked:
            reports.append(self.report(message, "sent"))
            mail.has |= asked - refused
        elif not mail.only:
            reports = [*data.draw(st.sampled_from([reports, []])), self.report(message, "failed")]
            mail.state, refused = "failed", refused if len(reports) > 1 else frozenset()
        else:
            whole = [self.report(message, "failed")]
            reports = data.draw(st.sampled_from([reports, whole, reports + whole]))
        mail.missed |= refused
        for one in data.draw(st.permutations(reports)):
            self.give(one, SYSTEM)
        for one in reports:
            assert self.give(one, SYSTEM) == [], "it is told at least once"

    def unclear(self, _: st.DataObject, message: UUID, mail: Mail) -> None:
        self.give(self.report(message, "unconfirmed"), SYSTEM)
        mail.missed |= mail.only
        mail.state, mail.sure = "sent" if mail.only else "unconfirmed", False

    def come_back(self, data: st.DataObject, message: UUID, mail: Mail) -> None:
        """It names one of them, or an address that nobody knows."""
        if mail.state == "sent":
            who = data.draw(st.none() | st.sampled_from(sorted(ALL)))
            self.give(self.report(message, "bounced", who), SYSTEM)
            mail.missed |= {who} if who else mail.only
            mail.has -= mail.missed
            if who is None and not mail.only:
                mail.state, mail.sure = "bounced", False

    def sent_again(self, _: st.DataObject, message: UUID, mail: Mail) -> None:
        command = c.RetryDelivery(message)
        if self.status == "archived":
            self.refuses(command, "conversation_archived")
        elif mail.state == "sent" and not mail.missed:
            self.refuses(command, "not_failed")
        else:
            before = [self.report(message, "failed", one) for one in sorted(mail.missed)]
            (again,) = self.give(command)
            assert isinstance(again, e.DeliveryChanged)
            meant = set(again.only) or ALL
            assert not mail.sure or meant == ALL - mail.has, "to whom it has not reached, and to nobody twice"
            assert mail.missed <= meant
            assert [x for one in before for x in self.give(one, SYSTEM)] == [], "of an attempt that is over"
            mail.only, mail.missed = frozenset(again.only), mail.missed - meant
            mail.state, mail.attempt = "queued", mail.attempt + 1
            self.refuses(command, "not_failed")

    # --- what else there is to know ----------------------------------------------------------------------------

    @rule(who=ONE)
    def add_participant(self, who: UUID) -> None:
        assert bool(self.give(c.AddParticipant(who))) == (who not in self.participants)
        self.participants.add(who)

    @rule(who=ONE)
    def remove_participant(self, who: UUID) -> None:
        assert bool(self.give(c.RemoveParticipant(who))) == (who in self.participants)
        self.participants.discard(who)

    @precondition(lambda self: self.status in ("open", "snoozed"))
    @rule(priority=st.sampled_from(Priority), queue=st.sampled_from([None, "orders", "returns"]))
    def sort(self, priority: Priority, queue: str | None) -> None:
        self.give(c.SetPriority(priority))
        self.give(c.SetQueue(queue))
        self.priority, self.queue = priority, queue

    @precondition(lambda self: self.status in ("open", "snoozed"))
    @rule()
    def a_rule_answers(self) -> None:
        message = self.new_id()
        answered = bool(self.give(c.AutoReply(message, "rule", WINDOW), SYSTEM))
        assert answered == (self.auto_replied is None or self.now >= self.auto_replied + WINDOW)
        if answered:
            self.messages.append(message)
            self.auto_replied = self.now

    @precondition(lambda self: self.status == "closed")
    @rule()
    def ask_to_rate(self) -> None:
        message = self.new_id()
        asked = bool(self.give(c.RequestRating(message), SYSTEM))
        assert asked == (self.replied and self.asked < self.closings)
        if asked:
            self.messages.append(message)
            self.asked = self.closings

    # --- joining and parting -----------------------------------------------------------------------------------

    @rule(
        data=st.data(), label=LABELS, follower=AGENTS, assignee=st.none() | AGENTS, who=ONE, missed=SOME,
        priority=st.sampled_from(Priority), queue=st.sampled_from([None, "orders"]), answered=st.booleans(),
        waits=st.booleans(),
    )  # fmt: skip
    def another_one_is_merged_in(
        self, data: st.DataObject, label: str, follower: str, assignee: str | None, who: UUID,
        missed: frozenset[UUID], priority: Priority, queue: str | None, answered: bool, waits: bool,
    ) -> None:  # fmt: skip
        """One with a history of its own; an answer in it reached all but those who `missed` it."""
        question, answer, more = self.new_id(), self.new_id(), self.new_id()
        commands: list[c.Command] = [
            c.AddLabel(label), c.Follow(follower), c.AddParticipant(who), c.SetPriority(priority),
            c.SetQueue(queue), c.Assign(assignee),
        ]  # fmt: skip
        missed = missed if missed < ALL else frozenset()
        mail = Mail("sent", missed=set(missed), has=set(ALL - missed))
        if answered:
            commands += [c.Reply(answer), c.RecordDelivery(answer, DeliveryState.SENT)]
            commands += [
                c.RecordDelivery(answer, DeliveryState.FAILED, recipient_id=one, partial=True) for one in missed
            ]
        if waits:
            commands.append(c.Receive(more, ANN, Channel.EMAIL, "s@x", 8))
        other = self.another(question, commands)
        self.give(absorb(UUID(int=9), other))

        self.messages += [question, *([answer] if answered else []), *([more] if waits else [])]
        self.mails |= {answer: mail} if answered else {}
        self.replied |= answered
        self.labels.add(label)
        self.followers.add(follower)
        self.participants.add(who)
        self.priority = max(self.priority, priority, key=URGENCY.index)
        self.queue, self.assignee = self.queue or queue, self.assignee or assignee
        if since := other.owed_since:
            assert waits or not answered
            self.waiting = min(self.waiting or since, since)
            self.wrote, self.news = since, self.now
            self.status, self.wakes = "open", None

    def another(self, question: UUID, commands: list[c.Command]) -> Conversation:
        agent, state = Actor(kind=ActorKind.AGENT, id="ola"), None
        for command in (c.Receive(question, ANN, Channel.EMAIL, "s@x", 8), *commands):
            for event in decide(state, command, agent, self.now):
                state = evolve(state, event)
        assert state is not None
        return state

    @precondition(lambda self: len(self.messages) > 1)
    @rule(data=st.data())
    def some_are_split_off(self, data: st.DataObject) -> None:
        gone = data.draw(st.lists(st.sampled_from(self.messages), min_size=1, unique=True))
        if len(gone) == len(self.messages):
            return
        before = self.state
        assert before is not None
        self.lost -= set(gone)
        left = self.lost_at if self.lost else None
        self.give(c.Split(UUID(int=8), tuple(gone), frozenset({ANN}), self.waiting, left))
        parted = {message: self.mails.pop(message) for message in gone if message in self.mails}
        self.messages = [message for message in self.messages if message not in gone]
        assert {m: shown(before, m) for m in parted} == {m: known(mail) for m, mail in parted.items()}

    @invariant()
    def it_knows_what_became_of_each_mail(self) -> None:
        state = self.state
        if state is None:
            return
        assert set(state.deliveries) == set(self.mails)
        assert {m: shown(state, m) for m in self.mails} == {m: known(mail) for m, mail in self.mails.items()}
        assert set(state.refused) | set(state.retried) <= set(self.mails)
        assert (set(state.participants), state.priority, state.queue) == (
            self.participants, self.priority, self.queue,
        )  # fmt: skip
        assert state.replied == self.replied

    @invariant()
    def it_knows_what_was_lost(self) -> None:
        """Nothing is lost that all of them have."""
        arrived = {m for m, mail in self.mails.items() if mail.state == "sent" and not mail.missed}
        assert self.state is None or self.state.lost <= self.mails.keys() - arrived


def shown(state: Conversation, message: UUID) -> tuple[str, set[UUID]]:
    return state.deliveries[message][0].value, set(state.refused.get(message, ()))


def known(mail: Mail) -> tuple[str, set[UUID]]:
    return mail.state, mail.missed


Joined.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestJoined = Joined.TestCase
