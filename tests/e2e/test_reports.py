"""The six figures follow what happens, on the open page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


def test_an_analyst_comes_to_the_figures_and_is_refused_nothing(shop: LocalStack, sign_in: SignIn) -> None:
    name = f"Eva {uuid4().hex[:6]}"
    email = f"{name.replace(' ', '-').lower()}@nitka.example"
    account = ["add-agent", "--email", email, "--name", name, "--role", "analyst"]
    env = {**os.environ, **shop.env, "NITKA_AGENT_PASSWORD": shop.env["NITKA_DEMO_PASSWORD"]}
    subprocess.run([sys.executable, "-m", "nitka.gateway", *account], env=env, check=True)
    page = sign_in(email, path="/reports")
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
    for path in ("/", "/inbox", "/inbox/new", "/settings/rules"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1, name="Reports")).to_be_visible()
        expect(page).to_have_url(re.compile("/reports$"))
    until(lambda: figure(page, "Messages").strip(), "the figures")
    rail = page.get_by_role("navigation", name="Main navigation")
    expect(rail.get_by_role("link")).to_have_text(["Reports", "Settings"])
    page.keyboard.press("c")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_text("Settings: My preferences")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("Inbox")).to_have_count(0)
    page.keyboard.press("Escape")
    rail.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("navigation", name="Settings").get_by_role("link")).to_have_count(1)
    # What only matters to those who answer is not asked.
    expect(page.get_by_role("switch", name="Keyboard shortcuts")).to_be_visible()
    expect(page.get_by_role("switch")).to_have_count(1)
    expect(page.get_by_label("Undo sending")).to_have_count(0)
    assert refused == []

    # Nor is anything given to them.
    sender = new_address("assign")
    send(shop, mail(sender, f"For whom {uuid4().hex[:8]}"))
    demo = sign_in(path=f"/inbox/{Agent(shop).conversation(sender)['id']}")
    demo.get_by_role("button", name="Assign", exact=True).click()
    expect(demo.get_by_role("option", name="Ola Nowak")).to_be_visible()
    expect(demo.get_by_role("option", name=name)).to_have_count(0)
