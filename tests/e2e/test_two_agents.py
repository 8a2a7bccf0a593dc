"""Two agents at once: each sees what the other does, and nobody's words are lost."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"


def test_what_one_takes_the_other_sees(shop: LocalStack, sign_in: SignIn) -> None:
    Agent(shop).empty_queue()
    subject = f"Shared {uuid4().hex[:8]}"
    demo, ola = sign_in(), sign_in(OLA)
    send(shop, mail(new_address("shared"), subject))
    expect(row(demo, subject)).to_be_visible()
    row(ola, subject).click()
    expect(title(ola, subject)).to_be_visible()

    demo.keyboard.press("Space")
    expect(title(demo, subject)).to_be_visible()
    expect(ola.get_by_label("Messages").get_by_text("Serve next gave it to Demo")).to_be_visible()
    expect(ola.get_by_role("button", name="Assigned to Demo")).to_be_visible()
    expect(row(ola, subject).get_by_title("Assigned to Demo")).to_be_visible()
    # What is Demo's is not served to Ola.
    ola.keyboard.press("Space")
    expect(ola.get_by_text("Nobody is waiting. Well done!")).to_be_visible()


def test_an_answer_that_comes_too_late_says_why_and_stays_in_the_composer(
    shop: LocalStack, sign_in: SignIn
) -> None:
    sender, subject = new_address("late"), f"Late {uuid4().hex[:8]}"
    send(shop, mail(sender, subject))
    ola = Agent(shop, OLA)
    found = ola.conversation(sender)
    page = sign_in(path="/settings")
    page.context.route("**/api/live*", lambda route: route.abort())  # so that this screen learns nothing
    page.goto(f"/inbox/{found['id']}")
    expect(title(page, subject)).to_be_visible()
    composer(page).fill("A long and careful answer")
    ola.do(found["id"], "close")

    page.get_by_role("button", name="Send", exact=True).click()
    told = page.get_by_role("alert").filter(has_text=f"Reply to #{found['number']} not sent")
    expect(told).to_contain_text("The conversation is closed. Reopen it first.")
    expect(told).to_contain_text("Your text is kept in the composer.")
    expect(composer(page)).to_have_text("A long and careful answer")
    page.context.unroute("**/api/live*")
    expect(page.get_by_label("Messages").get_by_text("Ola Nowak closed the conversation")).to_be_visible()
    assert len(ola.messages(found["id"])) == 1

    page.reload()
    expect(composer(page)).to_have_text("A long and careful answer")
    page.get_by_role("button", name="Reopen").first.click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("Messages").get_by_role("article", name="Demo")).to_be_visible()
    assert [m["text"] for m in ola.messages(found["id"])][1:] == ["A long and careful answer"]
