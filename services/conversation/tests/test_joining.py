"""Two conversations become one by hand, and nothing gets lost on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from nitka.api import commands as api
from nitka.api.personal import Draft, DraftBody, SaveDraft
from nitka.conversation.domain import Refused, threading
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, joining, rating, receive, writing
from nitka.conversation.handlers.rebuild import rebuild
from nitka.conversation.store import drafts
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Attachment,
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
    RatingReceived,
    ThreadRefs,
    envelope,
)
from nitka.events import conversation as public
from nitka.events.conversation import Priority

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

JAN, EVE = (ContactPoint(kind=ContactKind.EMAIL, value=f"{name}@x.example") for name in ("jan", "eve"))
CUSTOMER = UUID(int=7)


def test_a_merged_conversation_goes_on_in_the_other_one(story: Story) -> None:
    first, second = story.mail("a@x", "ann@x.example"), story.mail("b@x", "ann@private.example", 5)
    target, source = story.place(first), story.place(second)
    command.carry_out(story.log, story.request(source), c.AddLabel("returns"), c.Follow("jo"))
    writing.reply(story.log, story.request(source, 10), api.Reply(command_id=uuid4(), text="On its way."))
    story.mail("c@x", "ann@private.example", 15, answers="b@x")
    joining.merge(story.log, story.request(source), target)

    merged = story.row(target)
    assert (merged["message_count"], merged["labels"], merged["followers"]) == (4, ["returns"], ["jo"])
    assert (merged["preview"], merged["subject"]) == ("This is c@x.", "About a@x")
    assert merged["waiting_since"] == story.noon
    assert story.row(source)["merged_into"] == target
    assert story.place(story.mail("d@x", "ann@private.example", 20, answers="c@x")) == target
    by_token = story.mail("e@x", "ann@private.example", 25, tokens=[threading.token(story.key, source)])
    assert story.place(by_token) == target


def test_everything_that_is_known_of_a_conversation_goes_on_in_the_other_one(story: Story) -> None:
    """Whom answers go to, how urgent it is and whose, what was answered and whom that missed."""
    target, source = (
        story.place(story.mail("a@x", "ann@x.example")),
        story.place(story.mail("b@x", "ann@private.example", 5)),
    )
    commands = (c.SetPriority(Priority.URGENT), c.SetQueue("returns"), c.Assign("jo"), c.LinkCustomer(CUSTOMER))
    command.carry_out(story.log, story.request(source, 6), *commands)
    command.add_participant(story.log, story.request(source, 7), JAN)
    answer = story.request(source, 10)
    body = api.Reply(command_id=uuid4(), text="Tomorrow.", to=(EVE,), cc=(JAN,))
    writing.reply(story.log, answer, body)
    for state, missed in ((DeliveryState.SENT, None), (DeliveryState.FAILED, JAN.value)):
        story.receipt(answer.command_id, state, missed, reason="552 mailbox full" if missed else None)
    told = len(story.published())
    before = story.state(source)
    joining.merge(story.log, story.request(source, 95), target)

    after = story.state(target)
    facts = "priority queue assignee customer_id participants refused lost deliveries replied"
    for fact in facts.split():
        assert getattr(after, fact) == getattr(before, fact), fact
    assert after.participants
    assert after.refused
    assert after.lost == {answer.command_id}
    assert (story.row(target)["undelivered"], story.row(source)["undelivered"]) == (True, False)
    assert after.touched
    published = {type(p) for p in story.published()[told:]}
    assert published >= {
        public.Absorbed, public.PriorityChanged, public.QueueChanged, public.Assigned, public.CustomerLinked,
        public.ParticipantAdded,
    }  # fmt: skip

    command.retry_delivery(story.log, story.request(target, 96), answer.command_id)
    assert story.sent()[-1].only == (JAN.value,)
    writing.reply(
        story.log, story.request(target, 97), api.Reply(command_id=uuid4(), text="It left.", then="close")
    )
    assert story.sent()[-1].cc == (JAN,)
    rating.ask_due(story.log, story.at(98), 10)
    assert story.sent()[-1].rating is not None, "an answer that is there is one to ask about"
    assert [p.first_response for p in story.published() if isinstance(p, public.AgentReplied)] == [True, False]


def test_what_is_begun_in_a_conversation_goes_on_in_the_one_that_mail_proves_it_to_be(story: Story) -> None:
    first, later = story.mail("a@x", "ann@x.example"), story.mail("c@x", "ann@x.example", 10, answers="b@x")
    target, source = story.place(first), story.place(later)
    assert target != source
    with story.log.datastore.pool.connection() as connection:
        connection.execute(
            "INSERT INTO conversation.draft VALUES ('ola', %s, '{\"text\": \"Hello\"}', now())", (str(source),)
        )
    story.mail("b@x", "ann@x.example", 5, answers="a@x")
    assert story.place(later) == target
    assert [row["key"] for row in story.rows("SELECT key FROM conversation.draft")] == [str(target)]


def test_a_merge_keeps_what_an_agent_has_begun_in_both(story: Story) -> None:
    target, source = (story.place(story.mail(f"{n}@x", "ann@x.example")) for n in "ab")
    files = [Attachment(filename=n, media_type="text/plain", size=1, blob=f"sha256/{n}") for n in ("one", "two")]
    begun = {
        ("ola", f"{target}"): DraftBody(text="Here", attachments=tuple(files[:1])),
        ("ola", f"{source}"): DraftBody(text="There", html="<p>There</p>", to=(EVE,), attachments=tuple(files)),
        ("ola", f"{target}.note"): DraftBody(mode="note", text="@jo look", mentions=("jo",)),
        ("ola", f"{source}.note"): DraftBody(mode="note", text="@kim look", mentions=("kim",)),
        ("jo", f"{source}.note"): DraftBody(mode="note", text="Mine"),
    }
    with story.log.writing() as cursor:
        for (agent, key), body in begun.items():
            drafts.put(cursor, agent, key, body.model_dump(mode="json"), story.noon)
    joining.merge(story.log, story.request(source), target)

    left = {
        (row["agent_id"], row["key"]): DraftBody.model_validate(row["body"])
        for row in story.rows("SELECT * FROM conversation.draft")
    }
    note, answer = left[("ola", f"{target}.note")], left[("ola", f"{target}")]
    assert set(left) == {("ola", f"{target}"), ("ola", f"{target}.note"), ("jo", f"{target}.note")}
    assert (answer.text, answer.html) == ("Here\n\nThere", "<p>Here</p><p>There</p>")
    assert (answer.to, answer.attachments) == ((EVE,), tuple(files))
    assert (note.text, note.mentions) == ("@jo look\n\n@kim look", ("jo", "kim"))
    assert left[("jo", f"{target}.note")] == begun[("jo", f"{source}.note")]


def test_two_long_drafts_are_one_that_can_be_read_whole(story: Story) -> None:
    target, source = (story.place(story.mail(f"{n}@x", "ann@x.example")) for n in "ab")
    begun = SaveDraft(text="x" * api.TEXT_MAX).model_dump(mode="json")
    with story.log.writing() as cursor:
        for key in (target, source):
            drafts.put(cursor, "ola", f"{key}", begun, story.noon)
    joining.merge(story.log, story.request(source), target)
    (row,) = story.rows("SELECT key, body, updated_at FROM conversation.draft")
    assert len(Draft.model_validate(row).body.text) == 2 * api.TEXT_MAX + 2


def test_what_is_merged_into_a_closed_conversation_reopens_it_when_somebody_waits(story: Story) -> None:
    target, source = (
        story.place(story.mail("a@x", "ann@x.example")),
        story.place(story.mail("b@x", "ann@x.example", 5)),
    )
    command.carry_out(story.log, story.request(target), c.Close())
    joining.merge(story.log, story.request(source), target)
    assert (story.row(target)["status"], story.row(target)["waiting_since"]) == ("open", story.at(5))


@pytest.mark.parametrize("by", ["link", "button"])
def test_a_rating_of_what_was_merged_counts_once_and_shows_where_it_goes_on(story: Story, by: str) -> None:
    target, source = (
        story.place(story.mail("a@x", "ann@x.example")),
        story.place(story.mail("b@x", "ann@x.example", 5)),
    )
    for closed in (target, source):
        writing.reply(story.log, story.request(closed), api.Reply(command_id=uuid4(), text="Done.", then="close"))
    rate(story, target, 1, 5, by)  # the target's first closing is rated; the source's is another one
    joining.merge(story.log, story.request(source, 70), target)
    rate(story, source, 1, 2, by)
    rate(story, source, 1, 3, by)

    assert story.row(target)["rating"] == 2
    given = [p for p in story.published() if isinstance(p, public.Rated)]
    assert [(p.conversation_id, p.score, p.agent_id, p.comment) for p in given] == [
        (target, 5, "ola", "Words"), (source, 2, "ola", "Words"),
    ]  # fmt: skip
    shown = [p for p in story.published() if isinstance(p, public.RatingAbsorbed)]
    assert [(p.conversation_id, p.absorbed, p.score) for p in shown] == [(target, source, 2)]
    before = story.snapshot()
    rebuild(story.log)
    assert story.snapshot() == before


def rate(story: Story, conversation_id: UUID, closing: int, score: int, by: str) -> None:
    """The customer clicks the link of a mail, or chooses a button of a chat."""
    if by == "link":
        customer = replace(story.request(conversation_id, 80), actor=Actor(kind=ActorKind.CUSTOMER, id="ann"))
        with suppress(Refused):
            rating.rate(story.log, customer, score, closing, "Words")
        return
    given = RatingReceived(
        channel=Channel.WHATSAPP,
        account=story.account,
        external_id=str(uuid4()),
        thread=ThreadRefs(external_thread="ann"),
        sender=ContactPoint(kind=ContactKind.EMAIL, value="ann@x.example"),
        token=threading.rating_token(story.key, conversation_id, closing),
        score=score,
        comment="Words",
    )
    when = story.at(80)
    wrapped = envelope(given, event_id=uuid4(), actor=SYSTEM, occurred_at=when, recorded_at=when)
    receive.receive(story.log, story.key, [(wrapped, given)])


@pytest.mark.parametrize("wrong", ["itself", "unknown", "held"])
def test_what_cannot_be_merged_says_why_and_changes_nothing(story: Story, wrong: str) -> None:
    target, source = (
        story.place(story.mail("a@x", "ann@x.example")),
        story.place(story.mail("b@x", "bob@x.example")),
    )
    into = {"itself": source, "unknown": uuid4(), "held": target}[wrong]
    if wrong == "held":
        writing.reply(
            story.log, story.request(source), api.Reply(command_id=uuid4(), text="Hello", hold_seconds=10)
        )
    before = story.snapshot()
    with pytest.raises(Refused) as refused:
        joining.merge(story.log, story.request(source), into)
    assert refused.value.code == {"itself": "same", "unknown": "not_found", "held": "reply_held"}[wrong]
    assert story.snapshot() == before


def test_what_a_channel_tells_of_an_answer_finds_it_where_it_is(story: Story) -> None:
    """Its receipts name the conversation that it left from."""
    first, stranger = story.mail("a@x", "ann@x.example"), story.mail("b@x", "bob@y.example", 5, answers="a@x")
    source = story.place(first)
    asked = story.request(source, 10)
    writing.reply(story.log, asked, api.Reply(command_id=uuid4(), text="On its way."))
    parting = story.request(source, 15)
    joining.split(story.log, parting, [stranger, asked.command_id])
    into = joining.split_id(parting)
    story.receipt(asked.command_id, DeliveryState.SENT, left_from=source)

    state = story.state(into)
    assert state.deliveries == {asked.command_id: (DeliveryState.SENT, 1)}
    (message,) = story.rows("SELECT delivery FROM conversation.message WHERE kind = 'outbound'")
    assert message["delivery"] == "sent"
    changes = [p for p in story.published() if isinstance(p, public.DeliveryChanged)]
    assert [(p.conversation_id, p.state) for p in changes] == [(into, DeliveryState.SENT)]
