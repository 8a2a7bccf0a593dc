"""The signature of an inbox: below every mail that agents send from it, and nowhere in what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from nitka.api import commands as api
from nitka.api.personal import DraftBody
from nitka.api.settings import SaveInbox
from nitka.conversation.handlers import writing
from nitka.events import Channel, ContactKind, ContactPoint

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

JAN = ContactPoint(kind=ContactKind.EMAIL, value="jan@x.example")


@pytest.fixture(autouse=True)
def signature(story: Story, inboxes: None) -> None:
    """The inbox has one, in a shop whose name is no HTML."""
    inbox = SaveInbox(
        channel=Channel.EMAIL,
        name="Support",
        store="<Moda>",
        signature="Greetings,\n{{agent.name}} of {{shop.name}}",
    )
    with story.log.writing() as cursor:
        cursor.execute(
            "UPDATE inbox_setting SET body = %s WHERE account = %s", (inbox.model_dump_json(), story.account)
        )
        cursor.execute("UPDATE settings_version SET version = version + 1")


def answer(**fields: object) -> api.Reply:
    return api.Reply.model_validate({"command_id": uuid4(), "text": "On its way.", **fields})


def test_an_answer_is_signed_by_who_wrote_it_formatted_or_not(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    writing.reply(story.log, story.request(place, agent="jan"), answer(html="<p>On its <b>way</b>.</p>"))
    plain, formatted = story.sent()
    assert plain.text.startswith("On its way.\n\nGreetings,\nOla of <Moda>\n\nOn ")
    assert plain.html is None
    assert formatted.text.startswith("On its way.\n\nGreetings,\nJan of <Moda>\n\nOn ")
    signed = "<p>On its <b>way</b>.</p><p>Greetings,<br>Jan of &lt;Moda&gt;</p>"
    assert formatted.html is not None
    assert formatted.html.startswith(f'{signed}<br><div class="gmail_quote">')
    assert story.rows("SELECT id FROM conversation.message WHERE draft IS NOT NULL") == []


def test_a_first_mail_is_signed(story: Story) -> None:
    body = api.StartConversation(
        command_id=uuid4(), account=story.account, to=(JAN,), subject="Your order", text="It is ready."
    )
    writing.start(story.log, story.request(uuid4()), body)
    assert [mail.text for mail in story.sent()] == ["It is ready.\n\nGreetings,\nOla of <Moda>"]


def test_a_forward_is_signed_above_what_it_passes_on_and_a_redirect_is_not(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    place = story.place(question)
    below = api.Quoted(text="> This is a@x.")
    forward = api.Forward(command_id=uuid4(), message_id=question, to=(JAN,), text="Please look", below=below)
    redirect = api.Forward(command_id=uuid4(), mode="redirect", message_id=question, to=(JAN,))
    writing.forward(story.log, story.request(place), forward)
    writing.forward(story.log, story.request(place), redirect)
    passed_on, redirected = story.sent()
    assert passed_on.text == "Please look\n\nGreetings,\nOla of <Moda>\n\n> This is a@x."
    assert redirected.text == "This is a@x."


def test_what_is_taken_back_is_what_its_author_wrote(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    asked = story.request(place)
    held = answer(html="<p>On its <b>way</b>.</p>", cc=[JAN.model_dump()], hold_seconds=10)
    writing.reply(story.log, asked, held)
    writing.withdraw(story.log, story.request(place), asked.command_id)
    (draft,) = story.rows("SELECT body FROM conversation.draft")
    body = DraftBody.model_validate(draft["body"])
    assert (body.text, body.html, body.cc) == (held.text, held.html, held.cc)


def test_a_held_answer_leaves_signed(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer(hold_seconds=10))
    writing.release_due(story.log, story.at(99), 10)
    (mail,) = story.sent()
    assert mail.text.startswith("On its way.\n\nGreetings,\nOla of <Moda>\n\nOn ")
