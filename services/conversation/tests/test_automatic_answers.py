"""A rule answers: a mail of the thread, once for a window, never to a machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from services.conversation.tests.shop import ACCOUNT, HOUR, NOON, Shop, label, mail

from nitka.api.templates import TemplateText
from nitka.conversation.handlers.background import forget_old
from nitka.events import Automatic, ContactKind, ContactPoint, Envelope, MessageReceived

pytestmark = pytest.mark.stack


def answering(shop: Shop, text: str = "Hello {{customer.first_name|there}}", **more: Any) -> str:
    return shop.rule({"kind": "reply", "template_id": shop.template(text, **more)}, name="answer")


def test_an_answer_is_a_mail_of_the_thread_and_the_customer_still_waits(shop: Shop) -> None:
    shop.inbox(store="Scarves")
    rule = answering(shop, "Hi {{customer.first_name|there}}, #{{conversation.number}}. {{shop.name}}")
    one = mail()
    shop.write(one)
    (row,), (answer,) = shop.rows(), shop.answers()
    assert answer["text"] == f"Hi Ann, #{row['number']}. Scarves"
    assert answer["subject"] == f"Re: Parcel [#{row['number']}]"
    assert (answer["automatic"], answer["rule_id"], answer["author_name"]) == (
        "auto_reply",
        rule,
        "Scarf House",
    )
    assert answer["in_reply_to"] == one[1].external_id
    assert [r["value"] for r in answer["recipients"]] == ["ann@example.com"]
    assert row["waiting_since"] is not None


def test_the_customers_answer_to_it_joins_the_conversation(shop: Shop) -> None:
    answering(shop)
    shop.write(mail())
    shop.write(mail(at=NOON + HOUR, answers=shop.answers()[0]["external_id"]))
    assert len(shop.rows()) == 1


@pytest.mark.parametrize(
    "one",
    [
        mail(automatic=Automatic.AUTO_REPLY),
        mail(automatic=Automatic.BULK),
        mail(automatic=Automatic.BOUNCE),
        mail("no-reply@example.com"),
        mail("MAILER-DAEMON@example.com"),
        mail(ACCOUNT),
        mail("support+x@shop.example"),
        mail(reply_to=ContactPoint(kind=ContactKind.EMAIL, value="noreply@example.com")),
        mail(at=NOON - timedelta(days=400), arrived=NOON),
    ],
)
def test_no_machine_is_answered(shop: Shop, one: tuple[Envelope, MessageReceived]) -> None:
    answering(shop)
    shop.write(one)
    assert (len(shop.rows()), shop.answers()) == (1, [])


def test_once_for_a_conversation_and_window(shop: Shop) -> None:
    answering(shop)
    first = mail()
    shop.write(first)
    for hours in (1, 12, 23):
        shop.write(mail(at=NOON + hours * HOUR, answers=first[1].external_id))
    assert len(shop.answers()) == 1
    shop.write(mail(at=NOON + 25 * HOUR, answers=first[1].external_id))
    assert (len(shop.rows()), len(shop.answers())) == (1, 2)


def test_once_for_an_address_and_window_also_within_a_batch(shop: Shop) -> None:
    """A machine that does not say that it is one opens a new conversation with each answer to us."""
    answering(shop)
    shop.write(*(mail(at=NOON + n * timedelta(minutes=1)) for n in range(20)), mail("bob@example.com"))
    shop.write(mail(at=NOON + HOUR))
    assert sorted(a["recipients"][0]["value"] for a in shop.answers()) == [
        "ann@example.com",
        "bob@example.com",
    ]


def test_once_though_several_rules_answer(shop: Shop) -> None:
    answering(shop)
    answering(shop)
    shop.write(mail())
    assert len(shop.answers()) == 1


def test_in_the_customers_language(shop: Shop) -> None:
    answering(shop, variants=(TemplateText(language="pl", text="Dzień dobry {{customer.first_name}}"),))
    shop.write(mail(text="Gdzie jest moja paczka, nadal czekam na odpowiedź."), mail("bob@example.com"))
    assert {a["text"] for a in shop.answers()} == {"Dzień dobry Ann", "Hello Ann"}


def test_html_with_a_hostile_name(shop: Shop) -> None:
    answering(shop, "Hi {{customer.name}}", html="<p>Hi {{customer.name}}</p>")
    shop.write(mail(name="<img src=x onerror=alert(1)>"))
    assert shop.answers()[0]["html"] == "<p>Hi &lt;img src=x onerror=alert(1)&gt;</p>"


def test_a_template_that_is_gone_is_not_sent(shop: Shop) -> None:
    shop.rule({"kind": "reply", "template_id": str(uuid4())}, label("x"))
    shop.write(mail())
    assert (shop.answers(), shop.rows()[0]["labels"]) == ([], ["x"])


def test_an_automatic_answer_is_remembered_as_long_as_a_window_may_last(shop: Shop) -> None:
    shop.rule({"kind": "reply", "template_id": shop.template("Hello")}, window_hours=24 * 90)
    shop.write(mail())
    for day in (61, 89):
        forget_old(shop.log, NOON + timedelta(days=day))
    shop.write(mail(at=NOON + timedelta(days=89)))
    assert len(shop.answers()) == 1
    assert forget_old(shop.log, NOON + timedelta(days=91)) == 1


def test_the_window_of_an_answer_runs_from_the_arrival(shop: Shop) -> None:
    shop.rule({"kind": "reply", "template_id": shop.template("Hello")})
    shop.write(mail(at=NOON - 20 * HOUR, arrived=NOON))
    shop.write(mail(at=NOON + 10 * HOUR))
    assert len(shop.answers()) == 1
