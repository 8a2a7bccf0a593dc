"""Asking customers how it was: whom, when, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from services.conversation.tests.test_writing import JAN, answer

from nitka.api import commands as api
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, rating, writing
from nitka.events import (
    Automatic,
)

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack


def test_after_a_plain_closing_the_customer_is_asked_once_in_a_mail_of_its_own(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    rating.close(story.log, story.request(place, 61))
    assert len(story.sent()) == 1, "a stray key can be undone"
    assert rating.ask_due(story.log, story.at(61) + timedelta(seconds=29), 10) == 0
    assert rating.ask_due(story.log, story.at(61) + timedelta(seconds=30), 10) == 1
    assert rating.ask_due(story.log, story.at(99), 10) == 0
    asked = story.sent()[-1]
    assert asked.automatic
    assert asked.rating is not None
    assert asked.rating.link is not None
    assert asked.rating.link in asked.text
    assert story.row(place)["preview"] == "On its way."
    command.carry_out(story.log, story.request(place, 62), c.Reopen())
    writing.reply(story.log, story.request(place, 63), answer(then="close"))
    assert len(story.sent()) == 3


def test_a_closing_that_is_undone_asks_nobody(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    rating.close(story.log, story.request(place, 61))
    command.carry_out(story.log, story.request(place, 61), c.Reopen())
    rating.ask_due(story.log, story.at(62), 10)
    assert len(story.sent()) == 1
    # Closed again: the new closing is asked about, at its own time.
    rating.close(story.log, story.request(place, 70))
    rating.ask_due(story.log, story.at(71), 10)
    assert [m.automatic for m in story.sent()] == [False, True]


def test_a_closing_is_not_asked_about_in_place_of_another(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer())
    rating.close(story.log, story.request(place, 61))
    command.carry_out(story.log, story.request(place, 61), c.Reopen())
    writing.reply(story.log, story.request(place, 61), answer(then="close"))
    rating.ask_due(story.log, story.at(62), 10)
    assert [m.rating is not None for m in story.sent()] == [False, True]


@pytest.mark.usefixtures("inboxes")
def test_nobody_is_asked_who_never_wrote(story: Story) -> None:
    begun = story.request(uuid4())
    body = api.StartConversation(
        command_id=uuid4(),
        account=story.account,
        to=(JAN,),
        subject="Order",
        text="Ready.",
        hold_seconds=5,
        then="close",
    )
    writing.start(story.log, begun, body)
    writing.release_due(story.log, story.at(61), 10)
    (sent,) = story.sent()
    assert (sent.rating, story.row(begun.conversation_id)["status"]) == (None, "closed")
    # That they are out of office says nothing about us.
    story.mail("b@x", JAN.value, 62, answers=sent.external_id, automatic=Automatic.AUTO_REPLY)
    command.carry_out(story.log, story.request(begun.conversation_id, 63), c.Reopen())
    rating.close(story.log, story.request(begun.conversation_id, 64))
    rating.ask_due(story.log, story.at(65), 10)
    assert len(story.sent()) == 1


def test_nobody_is_asked_where_nobody_answered(story: Story) -> None:
    place = story.place(story.mail("a@x", "spam@x.example"))
    rating.close(story.log, story.request(place))
    rating.ask_due(story.log, story.at(99), 10)
    assert story.sent() == []


POLISH = "Dzień dobry, kiedy dotrze moja paczka? Czekam już od tygodnia."


@pytest.mark.parametrize(
    "fields",
    [
        {"cc": [JAN.model_dump()]},
        {"bcc": [JAN.model_dump()]},
        {"to": [{"kind": "email", "value": "ann@x.example"}, JAN.model_dump()]},
        {"to": [JAN.model_dump()]},
        {"cc": [JAN.model_dump()], "hold_seconds": 10},
    ],
)
def test_the_link_to_rate_by_goes_to_the_customer_alone(story: Story, fields: dict[str, object]) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    writing.reply(story.log, story.request(place), answer(then="close", **fields))
    writing.release_due(story.log, story.at(61), 10)
    (sent,) = story.sent()
    assert (sent.rating, "/rate/" in sent.text) == (None, False)
    rating.ask_due(story.log, story.at(62), 10)
    asked = story.sent()[-1]
    assert asked.rating is not None and "/rate/" in asked.text
    assert [p.value for p in (*asked.to, *asked.cc, *asked.bcc)] == ["ann@x.example"]


def test_who_is_asked_wrote_last_and_is_asked_in_that_language(story: Story) -> None:
    place = story.place(story.mail("a@x", "ann@x.example", text=POLISH))
    writing.reply(story.log, story.request(place), answer(then="close"))
    (sent,) = story.sent()
    assert sent.text.startswith("On its way.\n\n--\nJak nam poszło? Oceń tę rozmowę: https")
    assert "ann@x.example pisze:\n> Dzień dobry" in sent.text
    command.carry_out(story.log, story.request(place, 62), c.Reopen())
    rating.close(story.log, story.request(place, 63))
    rating.ask_due(story.log, story.at(64), 10)
    asked = story.sent()[-1]
    assert asked.text.startswith("Jak nam poszło?") and "pisze" not in asked.text, "a question quotes nothing"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Olá, onde está a minha encomenda? Já paguei.", "Como foi"),
        ("Merhaba, siparişim nerede? Hâlâ gelmedi.", "Nasıldık?"),
        ("Wo ist meine Bestellung? Ich warte schon eine Woche.", "How did we do?"),
        ("?", "How did we do?"),
    ],
)
def test_a_language_that_we_lack_or_cannot_tell_is_the_shops(story: Story, text: str, question: str) -> None:
    place = story.place(story.mail("a@x", "ann@x.example", text=text))
    writing.reply(story.log, story.request(place), answer(then="close"))
    assert f"--\n{question}" in story.sent()[0].text
