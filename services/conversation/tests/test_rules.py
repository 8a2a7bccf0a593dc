"""Rules: given facts, what is done; what a machine must not answer; what a template says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nitka.api.folding import fold
from nitka.api.rules import CONDITIONS, Condition, Fact, Group, Language, Match, Op, Rule, SaveRule, Trigger
from nitka.api.templates import VARIABLES, SaveTemplate, TemplateText
from nitka.conversation.domain import templates
from nitka.conversation.domain.rules import Facts, Quiet, evaluate, folded, matches, needs, quiet
from nitka.conversation.handlers.language import detect
from nitka.events import ContactKind, ContactPoint

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LABEL = {"kind": "add_label", "label": "x"}


def email(address: str) -> ContactPoint:
    return ContactPoint(kind=ContactKind.EMAIL, value=address)


def facts(**known: Any) -> Facts:
    return Facts(
        **{
            "channel": "email",
            "account": "support@shop.example",
            "sender": email("ann@example.com"),
            "text": "Where is my parcel?",
            **known,
        }
    )


def condition(fact: str, op: str, *values: str) -> Condition:
    return Condition(fact=Fact(fact), op=Op(op), values=values)


def rule(*conditions: Condition, match: Match = Match.ALL, **more: Any) -> SaveRule:
    groups = (Group(match=match, conditions=conditions),) if conditions else ()
    return SaveRule.model_validate({"name": "rule", "actions": (LABEL,), **more}).model_copy(
        update={"groups": groups}
    )


@pytest.mark.parametrize(
    ("one", "known", "expected"),
    [
        (condition("channel", "is", "email", "chat"), {}, True),
        (condition("channel", "is_not", "email"), {}, False),
        (condition("inbox", "is", "support@shop.example"), {}, True),
        (condition("text", "contains", "parc"), {}, True),
        (condition("text", "contains_not", "refund", "money"), {}, True),
        (condition("text", "contains_not", "refund", "parcel"), {}, False),
        (condition("text", "has_word", "parc"), {}, False),
        (condition("text", "has_word", "PARCEL"), {}, True),
        (condition("text", "has_word", "my parcel"), {"text": "my\n  parcel, please"}, True),
        (condition("text", "has_not_word", "parc"), {}, True),
        (condition("text", "contains", "zwrot pieniedzy"), {"text": "Zwrot PIENIĘDZY?"}, True),
        (condition("text", "contains", "İADE"), {"text": "iade nasıl"}, True),
        (condition("text", "has_word", "nasil"), {"text": "iade nasıl?"}, True),
        (condition("text", "contains", "straße"), {"text": "STRASSE"}, True),
        (condition("text", "contains", "bitcoin"), {"text": "𝕭𝕚𝕥𝕔𝕠𝕚𝕟"}, True),
        (condition("text", "contains", "a.c"), {"text": "abc"}, False),
        (condition("subject", "contains", "invoice"), {"subject": "Invoice 7"}, True),
        (condition("sender", "is", "Ann@Example.com"), {}, True),
        (condition("sender", "is", "@example.com"), {}, True),
        (condition("sender", "is", "@example.com"), {"sender": email("a@mail.example.com")}, True),
        (condition("sender", "is", "@example.com"), {"sender": email("a@notexample.com")}, False),
        (condition("sender", "is_not", "@example.com"), {}, False),
        (condition("language", "is", "pl"), {"language": "pl"}, True),
        (condition("language", "is_not", "pl"), {"language": None}, True),
        (condition("hours", "is", "outside"), {"inside_hours": False}, True),
        (condition("customer", "is", "unknown"), {}, True),
        (condition("segment", "is", "active"), {"segment": "active"}, True),
        (condition("order_status", "is", "Shipped"), {"order_status": "shipped"}, True),
        (condition("order_status", "is", "shipped"), {"order_status": None}, False),
        (condition("order_status", "is_not", "shipped"), {"order_status": None}, True),
        (condition("first_contact", "is", "yes"), {"first_contact": True}, True),
        (condition("attachment", "is", "no"), {}, True),
        (condition("automatic", "is", "yes"), {"automatic": True}, True),
    ],
)
def test_a_condition(one: Condition, known: dict[str, Any], expected: bool) -> None:
    assert matches(rule(one), facts(**known)) is expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"fact": "channel", "op": "contains", "values": ("email",)},
        {"fact": "channel", "op": "is", "values": ("pigeon",)},
        {"fact": "text", "op": "is", "values": ("x",)},
        {"fact": "text", "op": "contains", "values": ()},
        {"fact": "text", "op": "contains", "values": (" ",)},
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(wrong)


def test_all_and_any_of_groups_and_conditions() -> None:
    yes, no = condition("text", "contains", "parcel"), condition("text", "contains", "refund")
    assert not matches(rule(yes, no), facts())
    assert matches(rule(yes, no, match=Match.ANY), facts())
    both = [Group(conditions=(yes,)), Group(conditions=(no,))]
    assert not matches(rule().model_copy(update={"groups": tuple(both)}), facts())
    assert matches(rule().model_copy(update={"groups": tuple(both), "match": Match.ANY}), facts())


def test_a_rule_for_first_messages_looks_at_no_other() -> None:
    assert not matches(rule(trigger=Trigger.FIRST), facts())
    assert matches(rule(trigger=Trigger.FIRST), facts(first=True))


def test_rules_follow_their_order_and_stop() -> None:
    def made(position: int, label: str, **more: Any) -> Rule:
        action = {"kind": "add_label", "label": label}
        return Rule(id=uuid4(), rule=rule(position=position, actions=(action,), **more))

    rules = [
        made(3, "never"),
        made(2, "second", stop=True),
        made(0, "off", enabled=False),
        made(1, "first"),
    ]
    assert [e.action.label for e in evaluate(rules, facts())] == ["first", "second"]  # type: ignore[union-attr]


def test_only_the_facts_that_rules_ask_for_are_needed() -> None:
    one = rule(condition("language", "is", "pl"), condition("text", "contains", "x"))
    assert needs([one, rule()]) == {Fact.LANGUAGE, Fact.TEXT}


@given(st.sampled_from(list(Fact)), st.data())
def test_a_negation_is_true_exactly_when_its_opposite_is_not(fact: Fact, data: st.DataObject) -> None:
    pairs = ((Op.IS, Op.IS_NOT), (Op.CONTAINS, Op.CONTAINS_NOT), (Op.HAS_WORD, Op.HAS_NOT_WORD))
    ops, allowed = CONDITIONS[fact]
    for plain, negated in pairs:
        if not {plain, negated} <= ops:
            continue
        word = st.sampled_from(sorted(allowed)) if allowed else st.text(min_size=1, max_size=8).filter(str.strip)
        values = data.draw(st.lists(word, min_size=1, max_size=3).map(tuple))
        known = facts(text=data.draw(st.text(max_size=40)), subject=data.draw(st.text(max_size=20)))
        one, other = (matches(rule(Condition(fact=fact, op=op, values=values)), known) for op in (plain, negated))
        assert one is not other


@given(st.text(max_size=200))
def test_folding_is_stable_and_blind_to_case(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert "  " not in folded(text)


@given(st.text(alphabet=st.characters() | st.sampled_from("ÐðÞþŁØÆİı \t\n\x00"), max_size=60))
def test_rules_and_search_know_the_same_words(text: str) -> None:
    assert folded(text) == " ".join(fold(text).split())


def test_letters_of_the_north_are_those_of_the_search() -> None:
    assert folded("Þórður  á\tÆgisíðu") == "thordur a aegisidu"


class TestQuiet:
    """A machine must not answer a machine, nor us, nor the past."""

    OWN = ("support@shop.example", "Orders@shop.example")

    @pytest.mark.parametrize(
        ("sender", "expected"),
        [
            ("ann@example.com", None),
            ("noreena@example.com", None),
            ("abouncer@example.com", None),
            ("no-reply@example.com", Quiet.MACHINE),
            ("NoReply+7@example.com", Quiet.MACHINE),
            ("do_not_reply@example.com", Quiet.MACHINE),
            ("shop.noreply@example.com", Quiet.MACHINE),
            ("mailer-daemon@example.com", Quiet.MACHINE),
            ("postmaster@example.com", Quiet.MACHINE),
            ("bounces@example.com", Quiet.MACHINE),
            ("list-request@example.com", Quiet.MACHINE),
            ("orders@shop.example", Quiet.OWN_INBOX),
            ("support+abc@shop.example", Quiet.OWN_INBOX),
        ],
    )
    def test_senders(self, sender: str, expected: Quiet | None) -> None:
        point = email(sender)
        assert quiet(facts(sender=point), point, self.OWN, NOON, NOON) == expected
        # The same when the answer would go there.
        assert quiet(facts(), point, self.OWN, NOON, NOON) == expected

    def test_an_automatic_mail(self) -> None:
        assert quiet(facts(automatic=True), email("ann@example.com"), (), NOON, NOON) is Quiet.AUTOMATIC

    def test_a_mailbox_that_is_being_filled(self) -> None:
        ann = email("ann@example.com")
        assert quiet(facts(), ann, (), NOON, NOON + timedelta(hours=23)) is None
        assert quiet(facts(), ann, (), NOON, NOON + timedelta(hours=24)) is Quiet.STALE

    def test_a_phone_is_no_machine(self) -> None:
        phone = ContactPoint(kind=ContactKind.PHONE, value="+48600100200")
        assert quiet(facts(sender=phone), phone, self.OWN, NOON, NOON) is None


class TestTemplates:
    VALUES: ClassVar = {"customer.first_name": "Ann", "conversation.number": "12", "agent.name": "<b>"}

    def test_values_and_other_words(self) -> None:
        text = "Hi {{customer.first_name|there}}, {{ customer.name | dear customer }}: #{{conversation.number}}."
        assert templates.render(text, self.VALUES) == "Hi Ann, dear customer: #12."
        assert templates.render("{{order.number}}!", {}) == "!"

    def test_values_in_html_are_escaped(self) -> None:
        assert templates.render_html("<p>{{agent.name}}</p>", self.VALUES) == "<p>&lt;b&gt;</p>"

    def test_a_value_is_no_template(self) -> None:
        assert templates.render("{{customer.name}}", {"customer.name": "{{agent.name}}"}) == "{{agent.name}}"

    @pytest.mark.parametrize("bad", ["{{customer.age}}", "{{customer.name", "}}", "{{}}", "{{a|b|}}", "{{7*7}}"])
    def test_what_is_no_variable_is_refused(self, bad: str) -> None:
        with pytest.raises(templates.BadTemplate):
            templates.check(bad)

    @given(st.lists(st.sampled_from(VARIABLES)), st.text(alphabet="abc |.,\n", max_size=10))
    def test_what_is_accepted_is_rendered_whole(self, names: list[str], words: str) -> None:
        text = words + words.join(f"{{{{{name}}}}}" for name in names)
        templates.check(text)
        assert "{{" not in templates.render(text, {})

    def test_what_is_missing(self) -> None:
        assert templates.missing("{{order.number}} {{customer.name|you}} {{agent.name}}", self.VALUES) == [
            "order.number"
        ]

    def test_a_variant_by_language(self) -> None:
        polish = TemplateText(language=Language.POLISH, text="Cześć")
        template = SaveTemplate(name="hello", text="Hello", variants=(polish,))
        assert templates.variant(template, "pl").text == "Cześć"
        assert templates.variant(template, "tr").text == "Hello"
        assert templates.variant(template, None).text == "Hello"

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("Ann Nowak", "Ann"), ("Nowak, Ann", "Ann"), (None, ""), ("ann@example.com", ""), ("Ann", "Ann")],
    )
    def test_first_names(self, name: str | None, expected: str) -> None:
        assert templates.first_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gdzie jest moja paczka?", "pl"),
        ("Where is my parcel?", "en"),
        ("Onde está a minha encomenda?", "pt"),
        ("Kargom nerede kaldı?", "tr"),
        ("Wo ist mein Paket?", "de"),
        ("12345", None),
        ("ok", None),
    ],
)
def test_languages_of_short_texts(text: str, expected: str | None) -> None:
    assert detect(text) == expected
