"""On a phone what floats stands over nothing that is pressed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_what_is_done_is_said_below_the_buttons(shop: LocalStack, sign_in: SignIn) -> None:
    sender, subject = new_address("phone"), f"Phone {uuid4().hex[:8]}"
    send(shop, mail(sender, subject))
    found = Agent(shop).conversation(sender)
    page = sign_in(
        path=f"/inbox/{found['id']}", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    expect(title(page, subject)).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).tap()
    told = page.get_by_role("alert").filter(has_text=f"Conversation #{found['number']} closed")
    expect(told).to_be_visible()
    head = page.locator("header").filter(has=title(page, subject)).bounding_box()
    assert head is not None
    below = head["y"] + head["height"]
    until(lambda: (box := told.bounding_box()) and box["y"] >= below, "it below the buttons, once it has come in")
    page.locator("header").get_by_role("button", name="Reopen").tap()  # while it is there
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()
