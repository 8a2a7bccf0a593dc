"""Preferences follow the agent: to their other browser at once, and from the sign-in page into the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect
from tests.e2e.conftest import SignIn
from tests.people import Agent

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
JOAO = "joao@nitka.example"


@pytest.fixture
def joao(shop: LocalStack) -> Iterator[Agent]:
    """João, whose preferences are as before when the test is over."""
    agent = Agent(shop, JOAO)
    before = agent.get("/preferences")
    yield agent
    agent.http.put("/preferences", json=before).raise_for_status()


def test_what_is_chosen_in_one_browser_holds_in_the_other(sign_in: SignIn, joao: Agent) -> None:
    one, other = sign_in(JOAO, path="/settings/me"), sign_in(JOAO, path="/settings/me")
    root = one.locator("html")
    expect(root).to_have_attribute("data-mantine-color-scheme", "light")
    other.get_by_text("Dark", exact=True).click()
    expect(root).to_have_attribute("data-mantine-color-scheme", "dark")
    other.get_by_label("Undo sending").select_option("20")
    expect(one.get_by_label("Undo sending")).to_have_value("20")
    one.reload()
    expect(one.get_by_label("Undo sending")).to_have_value("20")
    kept = joao.get("/preferences")
    assert (kept["undo_seconds"], kept["theme"]) == (20, "dark")


def test_the_language_of_the_sign_in_page_stays(
    shop: LocalStack, open_context: Callable[..., BrowserContext], sign_in: SignIn, joao: Agent
) -> None:
    page = open_context().new_page()
    page.goto("/login")
    page.get_by_role("combobox", name="Language").click()
    page.get_by_role("option", name="Polski").click()
    page.get_by_label("E-mail").fill(JOAO)
    page.get_by_label("Hasło").first.fill(shop.env["NITKA_DEMO_PASSWORD"])
    page.get_by_role("button", name="Zaloguj").click()
    expect(page.get_by_role("heading", level=1, name="Otwarte")).to_be_visible()
    expect(sign_in(JOAO, path="/settings/me").get_by_role("heading", level=1, name="Ustawienia")).to_be_visible()
