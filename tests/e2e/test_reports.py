"""The six figures follow what happens, on the open page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import SignIn
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
CARDS = ["New conversations", "Messages", "New people", "Labelled conversations", "Average rating", "Ratings"]


def figure(page: Page, card: str) -> str:
    return page.locator("dl > div").filter(has=page.get_by_text(card, exact=True)).locator("dd").first.inner_text()


def test_six_cards_change_while_one_looks(shop: LocalStack, sign_in: SignIn) -> None:
    agent = Agent(shop)
    page = sign_in(path="/reports")
    expect(page.locator("dl dt")).to_have_text(CARDS)
    until(lambda: figure(page, "Messages").strip(), "the figures")
    page.evaluate("window.sameDocument = true")
    before = {card: int(figure(page, card).replace(",", "")) for card in CARDS[:4]}
    sender = new_address("figure")
    send(shop, mail(sender, f"Count {uuid4().hex[:8]}"))
    agent.do(agent.conversation(sender)["id"], "labels/add", label="counted")
    # At least: mails of other tests may still be on their way.
    until(
        lambda: all(int(figure(page, card).replace(",", "")) > before[card] for card in CARDS[:4]),
        f"figures above {before}",
    )
    assert page.evaluate("window.sameDocument") is True
    expect(page.get_by_role("table")).to_be_visible()
