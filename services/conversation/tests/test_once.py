"""What comes again changes nothing, whatever broke off or was forgotten meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from services.conversation.tests.shop import HOUR, NOON, Shop, label, mail

from nitka.conversation.handlers.background import forget_old
from nitka.events import (
    ContactKind,
    ContactPoint,
    CustomerErased,
)

pytestmark = pytest.mark.stack


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
