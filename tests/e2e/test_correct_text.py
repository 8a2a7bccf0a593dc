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


def check_axe(page: Page, config: pytest.Config) -> None:
    page.evaluate((config.rootpath / ui.SOURCE / "node_modules/axe-core/axe.min.js").read_text())
    assert page.evaluate(_BARRIERS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_proposals_stand_inside_a_mail_and_are_taken_left_and_undone(
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

    comes = field.locator("ins")
    expect(comes).to_have_text(["have", "received", "send", "tomorrow", "an"], timeout=STARTED_WITHIN)
    expect(field.locator("del")).to_have_text(["has", "recieved", "sent", "tommorow", "a"])
    expect(page.get_by_text("5 proposals")).to_be_visible()
    page.keyboard.type(" Bye!")  # one writes on, and the marks stay where they belong
    expect(field).to_contain_text("apple. Bye!")
    expect(comes).to_have_count(5)

    page.keyboard.press("F7")
    card = page.get_by_role("group", name="has becomes have")
    expect(card).to_contain_text("Grammar")
    check_axe(page, pytestconfig)

    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="have")).to_be_focused()
    page.keyboard.press("e")  # closes nothing
    page.keyboard.press("Enter")
    card = page.get_by_role("group", name="recieved becomes received")
    expect(card.get_by_role("button", name="received")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.get_by_role("group", name="sent becomes send").get_by_role("button", name="send")).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_be_focused()
    comes.filter(has_text="tomorrow").click()
    expect(comes).to_have_text(["send", "an"])
    page.keyboard.press("Control+z")
    expect(comes).to_have_text(["send", "tomorrow", "an"])
    comes.filter(has_text="tomorrow").click()
    expect(comes).to_have_text(["send", "an"])

    page.get_by_role("button", name="Take all").click()
    expect(field).to_be_focused()
    expect(field).to_have_text(f"{RIGHT} Bye!")
    expect(page.get_by_text("4 changes made")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_text(f"{WRONG} Bye!")
    expect(comes).to_have_count(0)
    assert agent.get(f"/conversations/{found['id']}")["status"] == "open"


def test_names_and_other_languages_are_looked_at_one_by_one(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender = Agent(shop), new_address("jan")
    send(shop, mail(sender, f"Parcel {uuid4().hex[:8]}", "Where is it?"))
    page = sign_in(path=f"/inbox/{agent.conversation(sender)['id']}", reduced_motion="reduce")
    field = composer(page)
    field.click()
    page.keyboard.type("We have recieved the parcel and the letter from Kowalskka, and both are here now.")
    page.keyboard.press("F7")
    expect(field.locator("del")).to_have_text(["recieved", "Kowalskka"], timeout=STARTED_WITHIN)
    page.get_by_role("button", name="Take the sure one").click()
    expect(field.locator("del")).to_have_text(["Kowalskka"])
    page.keyboard.press("Escape")
    expect(field.locator("del")).to_have_count(0)
    expect(field).to_contain_text("We have received the parcel and the letter from Kowalskka")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_proposals_for_a_plain_note_stand_in_its_place(
    shop: LocalStack, sign_in: SignIn, scheme: str, pytestconfig: pytest.Config
) -> None:
    agent, sender = Agent(shop), new_address("ewa")
    send(shop, mail(f"Ewa Nowak <{sender}>", f"Parcel {uuid4().hex[:8]}", "Where is it?"))
    found = agent.conversation(sender)
    page = sign_in(path=f"/inbox/{found['id']}", color_scheme=scheme, reduced_motion="reduce")
    page.keyboard.press("n")
    field = page.get_by_role("textbox", name="Note")
    expect(field).to_be_focused()
    page.keyboard.type(WRONG)
    page.keyboard.press("F7")

    proposals = page.get_by_role("group", name="Your text with proposals")
    expect(proposals).to_be_visible(timeout=STARTED_WITHIN)
    expect(field).to_be_hidden()
    expect(proposals.get_by_role("button")).to_have_count(5)
    page.keyboard.press("e")  # closes nothing while the proposals have the keys
    page.keyboard.press("ArrowRight")
    expect(mark(page, "has")).to_be_focused()
    expect(page.get_by_text("Grammar", exact=True)).to_be_visible()
    check_axe(page, pytestconfig)
    page.keyboard.press("Enter")
    expect(mark(page, "recieved")).to_be_focused()
    page.keyboard.press("Delete")
    expect(mark(page, "sent")).to_be_focused()
    mark(page, "tommorow").click()
    expect(proposals.get_by_role("button")).to_have_count(2)
    page.get_by_role("button", name="Take all").click()

    expect(field).to_be_focused()
    expect(field).to_have_value(RIGHT)
    expect(page.get_by_text("4 changes made")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value(WRONG)
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
