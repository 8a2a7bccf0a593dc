"""Rules on a real database: once per message, whatever comes again or breaks off; never machine to machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from nitka.api.rules import Condition, Fact, Group, Op, SaveRule
from nitka.api.settings import SaveInbox
from nitka.api.templates import SaveTemplate, TemplateText
from nitka.conversation.handlers import rules as at_work
from nitka.conversation.handlers.background import forget_old, link_customers
from nitka.conversation.handlers.labels import replace_label
from nitka.conversation.handlers.receive import receive
from nitka.conversation.store import mapping
from nitka.conversation.store.events import EventLog, open_log
from nitka.conversation.store.schema import migrate
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Attachment,
    Automatic,
    Channel,
    ContactKind,
    ContactPoint,
    CustomerErased,
    CustomerIdentified,
    CustomersMerged,
    CustomerUpdated,
    Envelope,
    MessageReceived,
    Payload,
    Segment,
    SegmentChanged,
    ThreadRefs,
    envelope,
)

pytestmark = pytest.mark.stack

ACCOUNT, KEY = "support@shop.example", b"k" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Shop:
    """A shop with settings, whose customers write."""

    def __init__(self, dsn: str, log: EventLog) -> None:
        self._db = psycopg.connect(
            dsn, autocommit=True, row_factory=dict_row, options="-c search_path=conversation"
        )
        self.log = log

    def close(self) -> None:
        self._db.close()

    def _put(self, table: str, values: dict[str, Any]) -> None:
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), list(values.values()))
        self._db.execute("UPDATE settings_version SET version = version + 1")

    def rule(self, *actions: dict[str, Any], conditions: Sequence[Condition] = (), **more: Any) -> str:
        """Add a rule; its id."""
        groups = (Group(conditions=tuple(conditions)),) if conditions else ()
        rule = SaveRule.model_validate({"name": "rule", "actions": actions, **more})
        found = uuid4()
        body = rule.model_copy(update={"groups": groups}).model_dump(mode="json")
        self._put("rule", {"id": found, "body": Jsonb(body)})
        return str(found)

    def template(self, text: str, **more: Any) -> str:
        found = uuid4()
        body = SaveTemplate(name="template", text=text, **more).model_dump(mode="json")
        self._put("template", {"id": found, "body": Jsonb(body)})
        return str(found)

    def inbox(self, **more: Any) -> None:
        body = SaveInbox(channel=Channel.EMAIL, name="Scarf House", **more).model_dump(mode="json")
        self._put("inbox_setting", {"account": ACCOUNT, "body": Jsonb(body)})

    def write(self, *mails: tuple[Envelope, MessageReceived]) -> None:
        """Mails come in, as one batch."""
        receive(self.log, KEY, mails)

    def rows(self) -> list[dict[str, Any]]:
        """The conversations, in the order of their numbers."""
        return self._all("SELECT * FROM conversation WHERE merged_into IS NULL ORDER BY number")

    def contents(self) -> list[dict[str, Any]]:
        """Everything that anybody wrote."""
        return self._all("SELECT * FROM message")

    def answers(self) -> list[dict[str, Any]]:
        """What went out."""
        return self._all("SELECT * FROM message WHERE kind = 'outbound' ORDER BY at, sequence")

    def events(self, kind: str) -> list[Any]:
        rows = self._all("SELECT * FROM stored_events ORDER BY notification_id")
        found = [mapping.from_stored(mapping.StoredEvent(*_stored(row))) for row in rows]
        return [r.event for r in found if type(r.event).__name__ == kind]

    def facts(self) -> dict[UUID, tuple[Any, ...]]:
        rows = self._all("SELECT * FROM customer_fact")
        return {row["customer_id"]: tuple(row.values())[1:] for row in rows}

    def _all(self, query: str) -> list[dict[str, Any]]:
        return self._db.execute(query.encode()).fetchall()

    def customers(self, *payloads: Payload) -> None:
        """The profile tells."""
        at = NOON - HOUR
        wrapped = [envelope(p, event_id=uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=at) for p in payloads]
        link_customers(self.log, list(zip(wrapped, payloads, strict=True)))


def _stored(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"])


@pytest.fixture
def shop(postgres_dsn: str) -> Iterator[Shop]:
    migrate(postgres_dsn)
    with open_log(postgres_dsn) as log:
        made = Shop(postgres_dsn, log)
        yield made
        made.close()


def mail(
    sender: str = "ann@example.com",
    text: str = "Where is my parcel?",
    *,
    at: datetime = NOON,
    arrived: datetime | None = None,
    answers: str | None = None,
    automatic: Automatic | None = None,
    name: str | None = "Ann Nowak",
    **more: Any,
) -> tuple[Envelope, MessageReceived]:
    message_id = f"{uuid4().hex}@example.com"
    payload = MessageReceived(
        channel=Channel.EMAIL,
        account=ACCOUNT,
        external_id=message_id,
        thread=ThreadRefs(
            external_thread=answers or message_id,
            message_id=message_id,
            in_reply_to=(answers,) if answers else (),
        ),
        sender=ContactPoint(kind=ContactKind.EMAIL, value=sender, name=name),
        subject="Parcel",
        text=text,
        automatic=automatic,
        **more,
    )
    recorded = arrived or at
    return envelope(payload, event_id=uuid4(), actor=SYSTEM, occurred_at=at, recorded_at=recorded), payload


def label(name: str) -> dict[str, Any]:
    return {"kind": "add_label", "label": name}


def condition(fact: str, op: str, *values: str) -> Condition:
    return Condition(fact=Fact(fact), op=Op(op), values=values)


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


def test_the_same_message_again_changes_nothing(shop: Shop) -> None:
    template = shop.template("Hello")
    shop.rule(label("x"), {"kind": "reply", "template_id": template})
    one = mail()
    shop.write(one)
    before = len(shop.events("LabelAdded")), len(shop.answers()), shop.rows()[0]["version"]
    shop.write(one)
    shop.write(one, one)
    assert (len(shop.events("LabelAdded")), len(shop.answers()), shop.rows()[0]["version"]) == before == (1, 1, 4)


def test_a_crash_between_effect_and_commit_leaves_nothing_and_is_repeated_whole(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = shop.template("Hello")
    shop.rule(label("x"), {"kind": "reply", "template_id": template})
    one = mail()

    def crash(*_: Any) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        # The rule has acted, its answer is noted, the transaction is still open.
        broken.setattr("nitka.conversation.handlers.unit.Unit.flush", crash)
        with pytest.raises(RuntimeError):
            shop.write(one)
    assert (shop.rows(), shop.answers()) == ([], [])
    shop.write(one)
    assert (len(shop.rows()), len(shop.answers()), len(shop.events("AutoReplied"))) == (1, 1, 1)


def test_a_message_is_known_when_its_event_has_been_forgotten(shop: Shop) -> None:
    shop.rule(label("x"), {"kind": "reply", "template_id": shop.template("Hello")})
    one = mail()
    shop.write(one)
    before = shop.rows(), shop.answers(), shop.events("LabelAdded")
    assert forget_old(shop.log, NOON + timedelta(days=59)) == 0
    assert forget_old(shop.log, NOON + timedelta(days=61)) == 1
    shop.write(one, one)
    shop.write(one, mail("bob@example.com", at=NOON + HOUR))
    assert (shop.rows()[:1], shop.answers()[:1], shop.events("LabelAdded")[:1]) == before
    assert len(shop.rows()) == 2


def test_a_mailbox_that_is_read_again_brings_back_nobody_who_was_erased(shop: Shop) -> None:
    ann, one = uuid4(), mail()
    contact = ContactPoint(kind=ContactKind.EMAIL, value="ann@example.com")
    shop.write(one)
    shop.customers(CustomerErased(customer_id=ann, contacts=(contact,)))
    forget_old(shop.log, NOON + timedelta(days=999))
    shop.write(one)
    (row,) = shop.rows()
    assert (row["preview"], shop.contents()) == ("", [])


def test_an_automatic_answer_is_remembered_as_long_as_a_window_may_last(shop: Shop) -> None:
    shop.rule({"kind": "reply", "template_id": shop.template("Hello")}, window_hours=24 * 90)
    shop.write(mail())
    for day in (61, 89):
        forget_old(shop.log, NOON + timedelta(days=day))
    shop.write(mail(at=NOON + timedelta(days=89)))
    assert len(shop.answers()) == 1
    assert forget_old(shop.log, NOON + timedelta(days=91)) == 1


class TestAnswers:
    def _answering(self, shop: Shop, text: str = "Hello {{customer.first_name|there}}", **more: Any) -> str:
        return shop.rule({"kind": "reply", "template_id": shop.template(text, **more)}, name="answer")

    def test_an_answer_is_a_mail_of_the_thread_and_the_customer_still_waits(self, shop: Shop) -> None:
        shop.inbox(store="Scarves")
        rule = self._answering(shop, "Hi {{customer.first_name|there}}, #{{conversation.number}}. {{shop.name}}")
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

    def test_the_customers_answer_to_it_joins_the_conversation(self, shop: Shop) -> None:
        self._answering(shop)
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
    def test_no_machine_is_answered(self, shop: Shop, one: tuple[Envelope, MessageReceived]) -> None:
        self._answering(shop)
        shop.write(one)
        assert (len(shop.rows()), shop.answers()) == (1, [])

    def test_once_for_a_conversation_and_window(self, shop: Shop) -> None:
        self._answering(shop)
        first = mail()
        shop.write(first)
        for hours in (1, 12, 23):
            shop.write(mail(at=NOON + hours * HOUR, answers=first[1].external_id))
        assert len(shop.answers()) == 1
        shop.write(mail(at=NOON + 25 * HOUR, answers=first[1].external_id))
        assert (len(shop.rows()), len(shop.answers())) == (1, 2)

    def test_once_for_an_address_and_window_also_within_a_batch(self, shop: Shop) -> None:
        """A machine that does not say that it is one opens a new conversation with each answer to us."""
        self._answering(shop)
        shop.write(*(mail(at=NOON + n * timedelta(minutes=1)) for n in range(20)), mail("bob@example.com"))
        shop.write(mail(at=NOON + HOUR))
        assert sorted(a["recipients"][0]["value"] for a in shop.answers()) == [
            "ann@example.com",
            "bob@example.com",
        ]

    def test_once_though_several_rules_answer(self, shop: Shop) -> None:
        self._answering(shop)
        self._answering(shop)
        shop.write(mail())
        assert len(shop.answers()) == 1

    def test_in_the_customers_language(self, shop: Shop) -> None:
        self._answering(shop, variants=(TemplateText(language="pl", text="Dzień dobry {{customer.first_name}}"),))
        shop.write(mail(text="Gdzie jest moja paczka, nadal czekam na odpowiedź."), mail("bob@example.com"))
        assert {a["text"] for a in shop.answers()} == {"Dzień dobry Ann", "Hello Ann"}

    def test_html_with_a_hostile_name(self, shop: Shop) -> None:
        self._answering(shop, "Hi {{customer.name}}", html="<p>Hi {{customer.name}}</p>")
        shop.write(mail(name="<img src=x onerror=alert(1)>"))
        assert shop.answers()[0]["html"] == "<p>Hi &lt;img src=x onerror=alert(1)&gt;</p>"

    def test_a_template_that_is_gone_is_not_sent(self, shop: Shop) -> None:
        shop.rule({"kind": "reply", "template_id": str(uuid4())}, label("x"))
        shop.write(mail())
        assert (shop.answers(), shop.rows()[0]["labels"]) == ([], ["x"])


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


def test_the_window_of_an_answer_runs_from_the_arrival(shop: Shop) -> None:
    shop.rule({"kind": "reply", "template_id": shop.template("Hello")})
    shop.write(mail(at=NOON - 20 * HOUR, arrived=NOON))
    shop.write(mail(at=NOON + 10 * HOUR))
    assert len(shop.answers()) == 1


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
