"""Rules on a real database: what they ask, what they do, and to whom they do nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from services.conversation.tests.shop import ACCOUNT, HOUR, NOON, Shop, condition, label, mail

from nitka.conversation.handlers import rules as at_work
from nitka.conversation.handlers.labels import replace_label
from nitka.events import (
    Actor,
    ActorKind,
    Attachment,
    Automatic,
    ContactKind,
    ContactPoint,
    CustomerIdentified,
    CustomersMerged,
    CustomerUpdated,
    Segment,
    SegmentChanged,
)

pytestmark = pytest.mark.stack


def test_a_rule_labels_queues_and_ranks_and_says_who_did_it(shop: Shop) -> None:
    rule = shop.rule(
        label("returns"),
        {"kind": "queue", "queue": "returns"},
        {"kind": "priority", "priority": "high"},
        {"kind": "assign", "agent_id": "ola"},
        conditions=[condition("text", "has_word", "zurück", "return")],
    )
    shop.write(mail(text="I want to return it"), mail("bob@example.com", "Hello"))
    returned, other = shop.rows()
    assert (returned["labels"], returned["queue"], returned["assignee"]) == (["returns"], "returns", "ola")
    assert returned["priority"] > other["priority"]
    assert other["labels"] == []
    assert {e.actor for k in ("LabelAdded", "QueueChanged", "Assigned") for e in shop.events(k)} == {
        Actor(kind=ActorKind.RULE, id=rule)
    }
    assert shop.events("Assigned")[0].reason == "automatic"


def test_a_new_rule_holds_for_the_next_batch(shop: Shop) -> None:
    shop.write(mail())
    shop.rule(label("x"))
    shop.write(mail("bob@example.com"))
    assert [row["labels"] for row in shop.rows()] == [[], ["x"]]


def test_quoted_text_is_not_what_the_customer_says(shop: Shop) -> None:
    shop.rule(label("broken"), conditions=[condition("text", "contains", "broken")])
    shop.write(mail(text="Thanks!\n\nOn 1 March 2026, Shop <support@shop.example> wrote:\n> Was it broken?\n"))
    assert shop.rows()[0]["labels"] == []


def test_whoever_has_the_conversation_keeps_it(shop: Shop) -> None:
    first = mail()
    shop.rule({"kind": "assign", "agent_id": "ola"}, trigger="first")
    shop.write(first)
    shop.rule({"kind": "assign", "agent_id": "joao"})
    shop.write(mail(at=NOON + HOUR, answers=first[1].external_id))
    assert shop.rows()[0]["assignee"] == "ola"


def test_a_machines_mail_may_be_labelled_and_nothing_else(shop: Shop) -> None:
    shop.rule(label("x"), {"kind": "priority", "priority": "urgent"}, {"kind": "queue", "queue": "q"})
    shop.write(mail(automatic=Automatic.BULK))
    (row,) = shop.rows()
    assert (row["status"], row["labels"], row["queue"]) == ("archived", ["x"], None)


def test_inboxes_have_a_queue_hours_and_open_archived_conversations_or_not(shop: Shop) -> None:
    hours = {"zone": "UTC", "weekly": [{"weekday": 0, "opens": "09:00", "closes": "17:00"}]}
    shop.inbox(queue="shop", hours=hours, reopen_archived=False)
    shop.rule(label("late"), conditions=[condition("hours", "is", "outside")])
    first = mail()
    shop.write(first, mail("bob@example.com", at=NOON + 8 * HOUR))
    inside, outside = shop.rows()
    assert (inside["queue"], inside["labels"], outside["labels"]) == ("shop", [], ["late"])


def test_hours_are_those_of_the_arrival_not_of_the_senders_clock(shop: Shop) -> None:
    shop.inbox(hours={"zone": "UTC", "weekly": [{"weekday": 0, "opens": "09:00", "closes": "17:00"}]})
    shop.rule(
        label("late"),
        {"kind": "reply", "template_id": shop.template("We are away")},
        conditions=[condition("hours", "is", "outside")],
    )
    morning = NOON.replace(hour=9, minute=5)
    shop.write(mail(at=morning - 10 * HOUR, arrived=morning))
    shop.write(mail("bob@example.com", at=morning, arrived=morning + 9 * HOUR))
    in_time, late = shop.rows()
    assert (in_time["labels"], late["labels"]) == ([], ["late"])
    (answer,) = shop.answers()
    assert answer["at"] == morning + 9 * HOUR, "an answer is written when the mail has come"


def test_an_inbox_is_known_from_its_first_message(shop: Shop) -> None:
    shop.write(mail(), mail())
    shop.write(mail())
    with shop.log.writing() as cursor:
        assert list(shop.log.shelf.read(cursor).inboxes) == [ACCOUNT]


class TestCustomers:
    def test_rules_ask_for_segment_order_and_first_contact(self, shop: Shop) -> None:
        ann = uuid4()
        contact = ContactPoint(kind=ContactKind.EMAIL, value="ann@example.com")
        shop.write(mail("eve@example.com"))
        shop.customers(
            CustomerIdentified(customer_id=ann, contacts=(contact,)),
            CustomerUpdated(
                customer_id=ann,
                segment=Segment.ACTIVE,
                orders=2,
                last_order_number="1001",
                last_order_status="shipped",
            ),
        )
        shop.rule(label("active"), conditions=[condition("segment", "is", "active")])
        shop.rule(label("shipped"), conditions=[condition("order_status", "is", "Shipped")])
        shop.rule(label("known"), conditions=[condition("customer", "is", "known")])
        shop.rule(label("new"), conditions=[condition("first_contact", "is", "yes")])
        shop.write(mail(), mail("eve@example.com"), mail("new@example.com"), mail("new@example.com"))
        assert [row["labels"] for row in shop.rows()[1:]] == [
            ["active", "known", "new", "shipped"],
            [],
            ["new"],
            [],
        ]

    def test_facts_change_move_and_are_forgotten(self, shop: Shop) -> None:
        ann, bob = uuid4(), uuid4()
        shop.customers(CustomerUpdated(customer_id=ann, segment=Segment.ACTIVE, orders=1, last_order_number="7"))
        shop.customers(CustomerUpdated(customer_id=ann))
        shop.customers(SegmentChanged(customer_id=ann, segment=Segment.LOW_RISK, previous=Segment.ACTIVE))
        assert shop.facts() == {ann: ("low_risk", 1, "7", None)}
        shop.customers(CustomersMerged(customer_id=bob, merged_id=ann))
        assert shop.facts() == {bob: ("low_risk", 1, "7", None)}


def test_a_label_becomes_another_one_everywhere(shop: Shop) -> None:
    shop.rule(label("old"))
    shop.write(*(mail(f"{n}@example.com") for n in range(7)))
    ola = Actor(kind=ActorKind.AGENT, id="ola")
    assert replace_label(shop.log, ola, "old", "new", NOON) == 7
    assert {tuple(row["labels"]) for row in shop.rows()} == {("new",)}
    assert replace_label(shop.log, ola, "new", None, NOON) == 7
    assert {tuple(row["labels"]) for row in shop.rows()} == {()}
    assert replace_label(shop.log, ola, "new", None, NOON) == 0


def test_languages_are_detected_only_when_a_rule_asks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(at_work, "detect", lambda text: asked.append(text) or "pl")
    shop.rule(label("x"), conditions=[condition("text", "contains", "parcel")])
    shop.write(mail())
    assert asked == []
    shop.rule(label("pl"), conditions=[condition("language", "is", "pl")])
    shop.write(mail("bob@example.com"))
    assert len(asked) == 1
    assert shop.rows()[1]["labels"] == ["pl", "x"]


@pytest.mark.parametrize("kind", [Automatic.BOUNCE, Automatic.COMPLAINT])
def test_what_comes_back_is_no_message_of_the_customer(shop: Shop, kind: Automatic) -> None:
    shop.rule(label("any"))
    shop.rule(label("money"), conditions=[condition("text", "contains", "refund")])
    shop.rule(label("machine"), conditions=[condition("automatic", "is", "yes")])
    question = mail()
    shop.write(question)
    (before,) = shop.rows()
    file = Attachment(blob="sha256/1", filename="details.txt", media_type="message/delivery-status", size=3)
    answers = question[1].thread.message_id
    shop.write(mail("mailer-daemon@mx.example", "refund", answers=answers, automatic=kind, attachments=(file,)))
    (after,) = shop.rows()
    assert (before["labels"], after["labels"]) == (["any"], ["any", "machine"])
    row = "preview", "subject", "attachment_count", "last_message_at"
    assert {name: after[name] for name in row} == {name: before[name] for name in row}
    assert after["message_count"] == 2


def test_a_bounce_of_its_own_is_shown_and_looked_at(shop: Shop) -> None:
    shop.rule(label("any"))
    shop.write(mail("mailer-daemon@mx.example", "It came back.", automatic=Automatic.BOUNCE))
    (row,) = shop.rows()
    assert (row["preview"], row["labels"]) == ("It came back.", ["any"])
