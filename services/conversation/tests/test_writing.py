"""What agents write: answers that are held, taken back and let go, forwarded mails, conversations we begin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from nitka.api import commands as api
from nitka.api.personal import DraftBody
from nitka.conversation.domain import Refused
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, writing
from nitka.conversation.handlers.rebuild import rebuild
from nitka.events import Automatic, ContactKind, ContactPoint
from nitka.events import conversation as public
from nitka.events.conversation import ForwardMode

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

WAREHOUSE = ContactPoint(kind=ContactKind.EMAIL, value="warehouse@partner.example")
FILE = {"blob": "sha256/1", "filename": "a.pdf", "media_type": "application/pdf", "size": 3, "inline": False}
JAN = ContactPoint(kind=ContactKind.EMAIL, value="jan@x.example")


def answer(text: str = "On its way.", **fields: object) -> api.Reply:
    return api.Reply.model_validate({"command_id": uuid4(), "text": text, **fields})


def test_a_held_answer_leaves_when_its_time_has_come(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer(hold_seconds=10, then="close"))
    assert (story.sent(), story.row(place)["status"]) == ([], "open")

    assert writing.release_due(story.log, story.at(60) + timedelta(seconds=9), 10) == 0
    assert writing.release_due(story.log, story.at(60) + timedelta(seconds=10), 10) == 1
    assert writing.release_due(story.log, story.at(61), 10) == 0
    (sent,) = story.sent()
    assert sent.text.startswith("On its way.")
    assert "https://shop.example/rate/" in sent.text
    assert (story.row(place)["status"], story.row(place)["message_count"]) == ("closed", 2)
    replied = [p for p in story.published() if isinstance(p, public.AgentReplied)]
    assert [(p.agent_id, p.first_response) for p in replied] == [("ola", True)]
    (answered,) = story.rows("SELECT sequence FROM conversation.message WHERE kind = 'outbound'")
    assert answered["sequence"] == replied[0].sequence, "it stands before the closing that followed it"


def test_what_the_customer_writes_while_an_answer_is_held_is_not_closed_away(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer(hold_seconds=60, then="close"))
    story.mail("b@x", "ann@x.example", 60, answers="a@x")
    writing.release_due(story.log, story.at(61), 10)
    row = story.row(place)
    assert (row["status"], row["waiting_since"]) == ("open", story.at(60))
    (sent,) = story.sent()
    assert sent.rating is None
    replied = [p for p in story.published() if isinstance(p, public.AgentReplied)]
    assert [p.waiting_since for p in replied] == [story.at(60)]


@pytest.mark.parametrize("hold", [0, 10])
@pytest.mark.parametrize("then", ["nothing", "close", "snooze"])
def test_what_the_author_had_not_seen_still_waits(story: Story, then: str, hold: int) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    seen = story.row(place)["version"]
    story.mail("b@x", "ann@x.example", 5, answers="a@x")
    body = answer(then=then, snooze_until=story.at(600), seen=seen, hold_seconds=hold)
    writing.reply(story.log, story.request(place), body)
    writing.release_due(story.log, story.at(61), 10)
    assert len(story.sent()) == 1
    assert (story.row(place)["status"], story.row(place)["waiting_since"]) == ("open", story.at(5))


def test_what_the_author_had_seen_is_answered(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer(then="close", seen=story.row(place)["version"]))
    assert (story.row(place)["status"], story.row(place)["waiting_since"]) == ("closed", None)


def test_an_answer_that_is_taken_back_is_a_draft_again_and_never_leaves(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    held = answer("Wrong wrods", html="<p>Wrong <b>wrods</b></p>", cc=[JAN.model_dump()], hold_seconds=10)
    writing.reply(story.log, asked, held)
    writing.withdraw(story.log, story.request(place), asked.command_id)
    writing.release_due(story.log, story.at(99), 10)

    assert story.sent() == []
    assert story.rows("SELECT id FROM conversation.message WHERE kind = 'outbound'") == []
    (draft,) = story.rows("SELECT agent_id, key, body FROM conversation.draft")
    assert (draft["agent_id"], draft["key"]) == ("ola", str(place))
    body = DraftBody.model_validate(draft["body"])
    assert (body.text, body.html, body.cc) == (held.text, held.html, held.cc)
    assert story.row(place)["waiting_since"] == story.noon


def test_taking_back_keeps_what_was_begun_meanwhile(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, answer("First", hold_seconds=10))
    with story.log.datastore.pool.connection() as connection:
        connection.execute(
            "INSERT INTO conversation.draft VALUES ('ola', %s, '{\"text\": \"Second\"}', now())", (str(place),)
        )
    writing.withdraw(story.log, story.request(place), asked.command_id)
    (draft,) = story.rows("SELECT body FROM conversation.draft")
    assert draft["body"]["text"] == "First\n\nSecond"


def test_what_was_sent_is_no_draft_any_more_and_what_was_not_stays(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    place = story.place(question)

    def begun(agent: str, key: str, text: str) -> None:
        with story.log.datastore.pool.connection() as connection:
            connection.execute(
                "INSERT INTO conversation.draft VALUES (%s, %s, %s, now())", (agent, key, Jsonb({"text": text}))
            )

    begun("ola", str(place), "It left yester")  # what the browser had told before the last letters
    begun("ola", f"{place}.note", "Ask the courier\n")
    begun("ola", f"{place}.forward", "Please look")
    begun("ola", "new", "A letter to somebody else")
    begun("jan", str(place), "It left yesterday")
    writing.reply(story.log, story.request(place), answer("It left yesterday"))
    command.add_note(story.log, story.request(place), "Ask the courier")
    passed_on = api.Forward(
        command_id=uuid4(), message_id=question, to=(WAREHOUSE,), text="Please look\n\n> Hello"
    )
    writing.forward(story.log, story.request(place), passed_on)
    left = story.rows("SELECT agent_id, key FROM conversation.draft ORDER BY agent_id")
    assert [(row["agent_id"], row["key"]) for row in left] == [("jan", str(place)), ("ola", "new")]


@pytest.mark.parametrize(
    ("draft", "left"),
    [
        ({"attachments": [FILE]}, 0),
        ({"attachments": [FILE, {**FILE, "blob": "sha256/2"}]}, 1),
        ({"to": [JAN.model_dump(mode="json")], "attachments": []}, 1),
        ({"text": " \n", "attachments": []}, 1),
        ({"text": "Something else", "attachments": [FILE]}, 1),
        ({"text": "Here it is", "attachments": [{**FILE, "blob": "sha256/2"}]}, 0),
    ],
)
def test_a_draft_without_a_text_is_what_became_of_its_files(
    story: Story, draft: dict[str, Any], left: int
) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    with story.log.datastore.pool.connection() as connection:
        connection.execute(
            "INSERT INTO conversation.draft VALUES ('ola', %s, %s, now())",
            (str(place), Jsonb({"text": "", **draft})),
        )
    writing.reply(story.log, story.request(place), answer("Here it is.", attachments=[FILE]))
    assert len(story.rows("SELECT key FROM conversation.draft")) == left


def test_what_has_left_cannot_be_taken_back(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    writing.reply(story.log, asked, answer(hold_seconds=10))
    writing.send_now(story.log, story.request(place), asked.command_id)
    assert len(story.sent()) == 1
    with pytest.raises(Refused) as refused:
        writing.withdraw(story.log, story.request(place), asked.command_id)
    assert refused.value.code == "not_held"


def test_participants_get_every_answer(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    command.add_participant(story.log, story.request(place), JAN)
    writing.reply(story.log, story.request(place), answer())
    command.remove_participant(story.log, story.request(place), JAN)
    writing.reply(story.log, story.request(place), answer())
    assert [[p.value for p in m.cc] for m in story.sent()] == [["jan@x.example"], []]


def test_a_forwarded_mail_is_no_answer(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    place = story.place(question)
    body = api.Forward(command_id=uuid4(), message_id=question, to=(WAREHOUSE,), text="Please look")
    writing.forward(story.log, story.request(place), body)
    (sent,) = story.sent()
    assert ([p.value for p in sent.to], sent.subject, sent.redirect_of) == (
        [WAREHOUSE.value], "Fwd: About a@x", None,
    )  # fmt: skip
    assert story.row(place)["waiting_since"] == story.noon
    reply = answer()
    writing.reply(story.log, story.request(place), reply)
    assert [p.first_response for p in story.published() if isinstance(p, public.AgentReplied)] == [True]


def passed_on(question: UUID, **fields: object) -> api.Forward:
    """A forward with a file of its own, formatted, that quotes the message."""
    return api.Forward.model_validate(
        {
            "command_id": uuid4(),
            "message_id": question,
            "to": [WAREHOUSE.model_dump()],
            "text": "Please look",
            "html": "<p>Please <b>look</b></p>",
            "below": {"text": "> Hello", "html": "<blockquote>Hello</blockquote>"},
            "attachments": [FILE],
            **fields,
        }
    )


def test_a_held_forward_leaves_when_its_time_has_come(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    place = story.place(question)
    writing.reply(story.log, story.request(place, 59), answer(then="close"))
    asked = story.request(place)
    writing.forward(story.log, asked, passed_on(question, hold_seconds=10))
    assert len(story.sent()) == 1
    assert story.row(place)["message_count"] == 2
    scheduled = [p for p in story.published() if isinstance(p, public.ReplyScheduled)]
    assert [p.mode for p in scheduled] == [ForwardMode.FORWARD]

    assert writing.release_due(story.log, story.at(61), 10) == 1
    assert writing.release_due(story.log, story.at(62), 10) == 0
    _, sent = story.sent()
    assert (sent.text, [f.blob for f in sent.attachments]) == ("Please look\n\n> Hello", [FILE["blob"]])
    assert sent.html == "<p>Please <b>look</b></p><blockquote>Hello</blockquote>"
    (forwarded,) = [p for p in story.published() if isinstance(p, public.Forwarded)]
    assert (forwarded.agent_id, forwarded.original_id, forwarded.mode) == ("ola", question, "forward")
    assert len([p for p in story.published() if isinstance(p, public.AgentReplied)]) == 1
    assert (story.row(place)["status"], story.row(place)["send_at"]) == ("closed", None)
    assert story.rows("SELECT draft FROM conversation.message WHERE id = %s", asked.command_id) == [
        {"draft": None}
    ]


def test_a_forward_that_is_taken_back_is_what_its_author_wrote(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    place = story.place(question)
    asked = story.request(place)
    body = passed_on(question, hold_seconds=10)
    writing.forward(story.log, asked, body)
    writing.withdraw(story.log, story.request(place), asked.command_id)
    writing.release_due(story.log, story.at(99), 10)
    assert story.sent() == []
    (draft,) = story.rows("SELECT key, body FROM conversation.draft")
    kept = DraftBody.model_validate(draft["body"])
    assert (draft["key"], kept.mode, kept.message_id) == (f"{place}.forward", "forward", question)
    assert (kept.text, kept.html, kept.to, kept.attachments) == (body.text, body.html, body.to, body.attachments)
    assert story.row(place)["status"] == "open"


def test_a_redirect_that_is_taken_back_leaves_no_draft(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    place = story.place(question)
    asked = story.request(place)
    body = api.Forward(command_id=uuid4(), mode="redirect", message_id=question, to=(WAREHOUSE,), hold_seconds=10)
    writing.forward(story.log, asked, body)
    writing.withdraw(story.log, story.request(place), asked.command_id)
    assert (story.sent(), story.rows("SELECT * FROM conversation.draft")) == ([], [])


@pytest.mark.usefixtures("inboxes")
def test_a_first_mail_that_is_taken_back_can_be_begun_again_and_leaves_nothing_to_do(story: Story) -> None:
    begun = story.request(uuid4())
    body = api.StartConversation(
        command_id=uuid4(), account=story.account, to=(JAN,), subject="Your order", text="Ready.", hold_seconds=10
    )
    writing.start(story.log, begun, body)
    writing.withdraw(story.log, story.request(begun.conversation_id), begun.command_id)
    writing.release_due(story.log, story.at(99), 10)
    assert story.sent() == []
    (draft,) = story.rows("SELECT key, body FROM conversation.draft")
    kept = DraftBody.model_validate(draft["body"])
    assert (draft["key"], kept.account, kept.to, kept.subject, kept.text) == (
        "new", story.account, (JAN,), "Your order", "Ready.",
    )  # fmt: skip
    assert story.row(begun.conversation_id)["status"] == "archived"


@pytest.mark.usefixtures("inboxes")
def test_an_answer_that_is_taken_back_archives_nothing(story: Story) -> None:
    begun = story.request(uuid4())
    body = api.StartConversation(
        command_id=uuid4(), account=story.account, to=(JAN,), subject="Your order", text="It is ready."
    )
    writing.start(story.log, begun, body)
    again = story.request(begun.conversation_id)
    writing.reply(story.log, again, answer("Are you there?", hold_seconds=10))
    writing.withdraw(story.log, story.request(begun.conversation_id), again.command_id)
    assert story.row(begun.conversation_id)["status"] == "open"
    assert [d["key"] for d in story.rows("SELECT key FROM conversation.draft")] == [str(begun.conversation_id)]


def test_a_redirected_mail_leaves_as_it_came(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    body = api.Forward(command_id=uuid4(), mode="redirect", message_id=question, to=(WAREHOUSE,))
    writing.forward(story.log, story.request(story.place(question)), body)
    (sent,) = story.sent()
    assert sent.redirect_of == "sha256/a@x"


@pytest.mark.parametrize("account", ["ceo@bank.example", "48600100200", "support@shop.example.evil.example"])
@pytest.mark.usefixtures("inboxes")
def test_nobody_writes_from_an_address_that_is_not_ours(story: Story, account: str) -> None:
    body = api.StartConversation(command_id=uuid4(), account=account, to=(JAN,), subject="Hello", text="Hello")
    with pytest.raises(Refused) as refused:
        writing.start(story.log, story.request(uuid4()), body)
    assert (refused.value.code, story.snapshot()) == ("unknown_inbox", [])


@pytest.mark.usefixtures("inboxes")
def test_capitals_make_no_other_inbox(story: Story) -> None:
    account = story.account.title()
    body = api.StartConversation(command_id=uuid4(), account=account, to=(JAN,), subject="Hello", text="Hello")
    writing.start(story.log, story.request(uuid4()), body)
    assert [row["account"] for row in story.snapshot()] == [story.account]


@pytest.mark.usefixtures("inboxes")
def test_we_write_first_and_the_answer_comes_back_here(story: Story) -> None:
    begun = story.request(uuid4())
    body = api.StartConversation(
        command_id=uuid4(), account=story.account, to=(JAN,), subject="Your order", text="It is ready."
    )
    writing.start(story.log, begun, body)
    writing.start(story.log, begun, body)
    (sent,) = story.sent()
    assert ([p.value for p in sent.to], sent.subject) == (["jan@x.example"], "Your order")
    row = story.row(begun.conversation_id)
    assert (row["assignee"], row["subject"], row["waiting_since"]) == ("ola", "Your order", None)
    assert story.place(story.mail("b@x", JAN.value, 70, answers=sent.external_id)) == begun.conversation_id
    writing.reply(story.log, story.request(begun.conversation_id, 80), answer())
    first = [p.first_response for p in story.published() if isinstance(p, public.AgentReplied)]
    assert first == [False, False]


@pytest.mark.usefixtures("inboxes")
def test_a_follow_up_to_a_mail_nobody_answered_goes_to_the_same_person_and_thread(story: Story) -> None:
    begun = story.request(uuid4())
    body = api.StartConversation(
        command_id=uuid4(), account=story.account, to=(JAN,), subject="Your order", text="It is ready."
    )
    writing.start(story.log, begun, body)
    writing.reply(story.log, story.request(begun.conversation_id, 70), answer("Are you there?"))
    first, second = story.sent()
    assert (second.to, second.in_reply_to) == (first.to, first.external_id)


@pytest.mark.parametrize("machine", ["mailer-daemon@mx.example", JAN.value])
@pytest.mark.parametrize("kind", list(Automatic))
@pytest.mark.usefixtures("inboxes")
def test_what_a_machine_says_to_our_first_mail_does_not_change_whom_we_write_to(
    story: Story, kind: Automatic, machine: str
) -> None:
    begun = story.request(uuid4())
    body = api.StartConversation(
        command_id=uuid4(), account=story.account, to=(JAN,), subject="Your order", text="It is ready."
    )
    writing.start(story.log, begun, body)
    (sent,) = story.sent()
    assert story.place(story.mail("b@x", machine, 70, answers=sent.external_id, automatic=kind)) == (
        begun.conversation_id
    )
    writing.reply(story.log, story.request(begun.conversation_id, 80), answer("Are you there?"))
    first, second = story.sent()
    assert (second.to, second.in_reply_to) == (first.to, first.external_id)


def test_an_answer_to_what_only_a_machine_wrote_goes_to_the_machine(story: Story) -> None:
    place = story.place(story.mail("a@x", "form@shop.example", automatic=Automatic.BULK))
    command.carry_out(story.log, story.request(place), c.Reopen())
    story.mail("b@x", "mailer-daemon@mx.example", 65, answers="a@x", automatic=Automatic.BOUNCE)
    writing.reply(story.log, story.request(place, 70), answer())
    assert [point.value for point in story.sent()[-1].to] == ["form@shop.example"]


@pytest.mark.usefixtures("inboxes")
@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_first_mail_says_what_it_is_about_while_it_is_held(story: Story, rebuilt: bool) -> None:
    body = api.StartConversation(
        command_id=uuid4(), account=story.account, to=(JAN,), subject="Your order", text="Ready.", hold_seconds=10
    )
    begun, dropped = story.request(uuid4()), story.request(uuid4())

    def shown(conversation_id: UUID) -> tuple[str | None, str, int]:
        if rebuilt:
            rebuild(story.log)
        row = story.row(conversation_id)
        return row["subject"], row["preview"], row["message_count"]

    for each in (begun, dropped):
        writing.start(story.log, each, body)
        assert shown(each.conversation_id) == ("Your order", "Ready.", 0)
    writing.withdraw(story.log, story.request(dropped.conversation_id), dropped.command_id)
    writing.release_due(story.log, story.at(99), 10)
    assert shown(begun.conversation_id) == ("Your order", "Ready.", 1)
    assert shown(dropped.conversation_id) == (None, "", 0)
