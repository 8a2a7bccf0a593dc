"""An answer is corrected inside its text: one proposal taken, one left, the rest at once, and all undone."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer
from tests.people import Agent, mail, new_address, send

from nitka.local import languagetool, ui
from nitka.local.processes import ToolMissing
from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

STARTED_WITHIN = 300_000
"""Milliseconds: a Java server is started by the first check."""

WRONG = "Dear Ewa, we has recieved order #A1OO1 😀 and will sent it tommorow. Here is a apple."
RIGHT = "Dear Ewa, we have recieved order #A1OO1 😀 and will send it tomorrow. Here is an apple."

_BARRIERS = """async () => (await axe.run(document, { iframes: false, resultTypes: ['violations'] })).violations
    .filter((each) => each.impact === 'serious' || each.impact === 'critical')
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`)"""


@pytest.fixture(scope="module", autouse=True)
def fetched() -> None:
    try:
        languagetool.class_path()
    except ToolMissing as missing:
        pytest.skip(str(missing))


def mark(page: Page, original: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{original} becomes "))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_proposals_are_taken_left_and_undone(
    shop: LocalStack, sign_in: SignIn, scheme: str, pytestconfig: pytest.Config
) -> None:
    agent, sender = Agent(shop), new_address("ewa")
    send(shop, mail(f"Ewa Nowak <{sender}>", f"Parcel {uuid4().hex[:8]}", "Where is it?"))
    found = agent.conversation(sender)
    page = sign_in(path=f"/inbox/{found['id']}", color_scheme=scheme, reduced_motion="reduce")
    field = composer(page)
    field.click()
    page.keyboard.type(WRONG)
    page.keyboard.press("F7")

    proposals = page.get_by_role("group", name="Your text with proposals")
    expect(proposals).to_be_visible(timeout=STARTED_WITHIN)
    expect(field).to_be_hidden()
    expect(proposals.get_by_role("button")).to_have_count(5)
    expect(page.get_by_text("5 proposals")).to_be_visible()

    page.keyboard.press("e")  # closes nothing while the proposals have the keys
    page.keyboard.press("ArrowRight")
    expect(mark(page, "has")).to_be_focused()
    expect(page.get_by_text("Grammar", exact=True)).to_be_visible()
    page.evaluate((pytestconfig.rootpath / ui.SOURCE / "node_modules/axe-core/axe.min.js").read_text())
    assert page.evaluate(_BARRIERS) == []
    page.keyboard.press("Enter")
    expect(mark(page, "recieved")).to_be_focused()
    page.keyboard.press("Delete")
    expect(mark(page, "sent")).to_be_focused()
    mark(page, "tommorow").click()
    expect(proposals.get_by_role("button")).to_have_count(2)
    page.get_by_role("button", name="Take all").click()

    expect(field).to_be_focused()
    expect(field).to_have_text(RIGHT)
    expect(page.get_by_text("4 changes made")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_text(WRONG)
    assert agent.get(f"/conversations/{found['id']}")["status"] == "open"


def test_a_language_that_it_does_not_know_is_said_to_be_unknown(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender = Agent(shop), new_address("cem")
    send(shop, mail(sender, f"Kargo {uuid4().hex[:8]}", "Nerede?"))
    page = sign_in(path=f"/inbox/{agent.conversation(sender)['id']}")
    field = composer(page)
    field.click()
    page.keyboard.type("Merhaba, siparişiniz yarın kargoya verilecek, teşekkür ederiz.")
    page.get_by_role("button", name="Correct text").click()
    expect(page.get_by_text("does not know the language")).to_be_visible(timeout=STARTED_WITHIN)
    expect(field).to_be_visible()
    field.click()
    page.keyboard.type(" Selam")
    expect(page.get_by_text("does not know the language")).to_be_hidden()
