"""Every screen: for people with assistive technology, in four languages, and on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send

from nitka.local import ui
from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

_RUN = """async () => {
    const found = await axe.run(document, { iframes: false, resultTypes: ['violations'] });
    if (found.passes.length < 10) return ['axe has looked at nothing'];
    return found.violations
        .filter((each) => each.impact === 'serious' || each.impact === 'critical')
        .map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`);
}"""


@pytest.fixture(scope="module")
def axe(pytestconfig: pytest.Config) -> str:
    source = pytestconfig.rootpath / ui.SOURCE
    ui.install(source)
    return Path(source / "node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(scope="module")
def conversation(shop: LocalStack) -> dict[str, Any]:
    """One with everything: html, a file, an answer, a note, a label, an order."""
    agent, sender = Agent(shop), new_address("everything")
    message = mail(f"Ewa Everything <{sender}>", f"Everything {uuid4().hex[:8]}", "plain")
    message.add_alternative("<p>Good <b>day</b></p><blockquote>earlier</blockquote>", subtype="html")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="bill.pdf")
    send(shop, message)
    found = agent.conversation(sender)
    agent.do(found["id"], "reply", text="An answer")
    agent.do(found["id"], "notes", text="A note")
    return agent.do(found["id"], "labels/add", label="everything")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_a_serious_barrier(
    shop: LocalStack, sign_in: SignIn, axe: str, conversation: dict[str, Any], scheme: str
) -> None:
    page = sign_in(color_scheme=scheme, reduced_motion="reduce")
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.evaluate(axe)
        found[name] = page.evaluate(_RUN)

    expect(row(page, conversation["subject"])).to_be_visible()
    look("inbox")
    row(page, conversation["subject"]).click()
    expect(page.get_by_label("Messages").get_by_text("A note")).to_be_visible()
    expect(page.get_by_label("Customer").get_by_text("Orders").first).to_be_visible()
    look("conversation")
    for key, name in (("Shift+?", "keys"), ("ControlOrMeta+k", "palette")):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        look(name)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Filter and order").click()
    expect(page.get_by_role("combobox", name="Priority")).to_be_visible()
    look("filters")
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name=re.compile(re.escape(conversation["subject"]))).click()
    expect(page.get_by_role("toolbar", name="Actions for the selected conversations")).to_be_visible()
    look("selection")
    page.goto("/inbox/new")
    expect(page.get_by_role("textbox", name="Subject")).to_be_visible()
    look("new")
    page.goto("/reports")
    expect(page.get_by_role("table")).to_be_visible()
    look("reports")
    page.goto("/settings")
    expect(page.get_by_role("switch").first).to_be_visible()
    look("settings")
    for tab, new in (("rules", "New rule"), ("templates", "New template"), ("labels", "New label")):
        page.goto(f"/settings/{tab}")
        page.get_by_role("button", name=new).click()
        expect(page.get_by_role("dialog").get_by_role("textbox", name="Name", exact=True)).to_be_visible()
        look(new)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        look(tab)
    page.goto("/settings/inboxes")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look("inboxes")
    page.context.clear_cookies()
    page.goto("/login")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    look("login")
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_four_languages(sign_in: SignIn) -> None:
    page = sign_in(path="/settings")
    names = {
        "Polski": ("pl", "Ustawienia"),
        "Português (Brasil)": ("pt-BR", "Configurações"),
        "Türkçe": ("tr", "Ayarlar"),
        "English": ("en", "Settings"),
    }
    before = "Language"
    for language, (code, heading) in names.items():
        page.get_by_role("combobox", name=before).click()
        page.get_by_role("option", name=language).click()
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        before = page.get_by_role("combobox").first.get_attribute("aria-label") or ""
        assert page.evaluate("document.documentElement.lang") == code
    page.get_by_role("combobox", name=before).click()
    page.get_by_role("option", name="Polski").click()
    expect(page.get_by_role("heading", level=1, name="Ustawienia")).to_be_visible()
    page.goto("/inbox")
    expect(page.get_by_role("heading", level=1, name="Otwarte")).to_be_visible()
    # The language follows the agent to another browser, and the next test.
    other = sign_in(path="/settings")
    other.get_by_role("combobox", name="Język").click()
    other.get_by_role("option", name="Jak w tej przeglądarce").click()
    expect(other.get_by_role("heading", level=1, name="Settings")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="Open")).to_be_visible()


def test_a_phone_shows_one_panel_at_a_time_with_a_way_back(sign_in: SignIn, conversation: dict[str, Any]) -> None:
    page = sign_in(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    subject = conversation["subject"]
    row(page, subject).tap()
    expect(title(page, subject)).to_be_visible()
    expect(row(page, subject)).to_be_hidden()
    _fits(page)
    composer(page).fill("Written with a thumb")
    page.get_by_role("button", name="Back to the list").tap()
    expect(row(page, subject)).to_be_visible()
    expect(page.get_by_role("button", name="Back to the list")).to_be_hidden()
    _fits(page)
    row(page, subject).tap()
    expect(composer(page)).to_have_text("Written with a thumb")
    page.go_back()
    expect(row(page, subject)).to_be_visible()
    for path in ("/reports", "/settings"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        _fits(page)


def _fits(page: Page) -> None:
    """Nothing makes the page scroll sideways, nor a panel that scrolls by itself."""
    wide = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.n-scroll')]
            .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.className || each.tagName)"""
    )
    assert wide == []
