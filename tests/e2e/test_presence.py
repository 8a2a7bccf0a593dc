"""Two agents in one conversation: each sees that the other looks and writes, and no two answers cross unseen."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, title
from tests.people import Agent, mail, new_address, send

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"


@pytest.fixture
def conversation(shop: LocalStack) -> dict[str, Any]:
    sender = new_address("present")
    send(shop, mail(sender, f"Present {uuid4().hex[:8]}"))
    return Agent(shop).conversation(sender)


def here(page: Page, text: str) -> Locator:
    """What the screen says of the others."""
    return page.get_by_role("status").get_by_text(text, exact=True)


def test_each_sees_the_other_look_write_and_leave(sign_in: SignIn, conversation: dict[str, Any]) -> None:
    path = f"/inbox/{conversation['id']}"
    demo = sign_in(path=path)
    expect(title(demo, conversation["subject"])).to_be_visible()
    ola = sign_in(OLA, path=path)
    expect(here(demo, "Ola Nowak is viewing")).to_be_visible()
    expect(here(ola, "Demo is viewing")).to_be_visible()

    composer(ola).fill("Good day")
    expect(here(demo, "Ola Nowak is typing…")).to_be_visible()
    expect(here(demo, "Ola Nowak is writing an answer here")).to_be_visible()
    expect(here(ola, "Demo is viewing")).to_be_visible()
    expect(here(demo, "Ola Nowak is writing an answer here")).to_be_hidden()  # she thinks
    expect(here(demo, "Ola Nowak is viewing")).to_be_visible()

    ola.goto("/reports")
    expect(here(demo, "Ola Nowak is viewing")).to_be_hidden()
    ola.go_back()
    expect(here(demo, "Ola Nowak is viewing")).to_be_visible()
    ola.close()
    expect(here(demo, "Ola Nowak is viewing")).to_be_hidden()


def test_an_answer_that_crosses_another_is_asked_about_first(
    shop: LocalStack, sign_in: SignIn, conversation: dict[str, Any]
) -> None:
    page = sign_in(path=f"/inbox/{conversation['id']}")
    composer(page).fill("My answer")
    Agent(shop, OLA).do(conversation["id"], "reply", text="Her answer")
    warning = page.get_by_role("status").filter(has_text=re.compile(r"Ola Nowak answered .* Your text is kept\."))
    expect(warning).to_be_visible()

    page.get_by_role("button", name="Send", exact=True).click()
    question = page.get_by_role("dialog", name="Ola Nowak has answered meanwhile")
    question.get_by_role("button", name="Look first").click()
    expect(question).to_be_hidden()
    expect(composer(page)).to_contain_text("My answer")
    assert len(Agent(shop).messages(conversation["id"])) == 2

    page.get_by_role("button", name="Send", exact=True).click()
    question.get_by_role("button", name="Send anyway").click()
    expect(page.get_by_label("Messages").get_by_role("article", name="Demo")).to_be_visible()
    expect(warning).to_be_hidden()


def test_who_has_the_app_open_is_online_until_they_say_otherwise(sign_in: SignIn) -> None:
    page = sign_in(OLA)

    def me(presence: str) -> Locator:
        return page.get_by_role("button", name=f"Ola Nowak, {presence}: my menu")

    me("Online").click()
    page.get_by_role("menuitem", name="Paused").click()
    expect(me("Paused")).to_be_visible()
    page.reload()
    me("Paused").click()
    page.get_by_role("menuitem", name="Online").click()
    expect(me("Online")).to_be_visible()


def test_colleagues_see_why_somebody_is_away(sign_in: SignIn, conversation: dict[str, Any]) -> None:
    ola = sign_in(OLA)
    demo = sign_in(path=f"/inbox/{conversation['id']}")

    def pause(reason: str) -> None:
        ola.get_by_role("button", name=re.compile("Ola Nowak, .*: my menu")).click()
        ola.get_by_role("menuitem", name=reason, exact=True).click()

    def seen(hint: str) -> None:
        demo.get_by_role("button", name="Assign", exact=True).click()
        expect(demo.get_by_role("option", name="Ola Nowak").get_by_text(hint, exact=True)).to_be_visible()
        demo.keyboard.press("Escape")

    pause("Lunch")
    expect(ola.get_by_role("button", name="Ola Nowak, Paused: Lunch: my menu")).to_be_visible()
    seen("Paused: Lunch")

    pause("Another reason…")
    ola.get_by_role("textbox", name="Reason").fill("Fire drill")
    ola.get_by_role("button", name="Pause", exact=True).click()
    expect(ola.get_by_role("button", name="Ola Nowak, Paused: Fire drill: my menu")).to_be_visible()
    seen("Paused: Fire drill")

    ola.get_by_role("button", name="Serve next").first.click()
    expect(ola.get_by_text("You are still paused: Fire drill.")).to_be_visible()
    ola.get_by_role("button", name="Go online").click()
    expect(ola.get_by_role("button", name="Ola Nowak, Online: my menu")).to_be_visible()
