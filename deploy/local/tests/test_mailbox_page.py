"""The page in a real browser: a hostile mail is read and answered."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, expect, sync_playwright

from nitka.local.testing import LocalStack


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LocalStack]:
    running = LocalStack(tmp_path)
    try:
        running.start("mailbox")
        yield running
    finally:
        running.close()


@pytest.mark.browser
def test_a_hostile_mail_is_shown_harmlessly(world: LocalStack, chromium: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "help@shop.example", "jan@customer.example"
    message["Subject"] = "<img src=x onerror=alert(1)>"
    message.set_content("plain")
    message.add_alternative(
        "<b>Proszę</b><script>alert(2)</script><script>top.location='/'</script>", subtype="html"
    )
    with smtplib.SMTP("127.0.0.1", world.settings.ports["mailbox_relay"]) as relay:
        relay.send_message(message)

    dialogs: list[Dialog] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page()
        page.on("dialog", lambda dialog: dialogs.append(dialog))  # noqa: PLW0108 - Playwright marks the function
        page.goto(world.url("mailbox"))
        page.get_by_role("button", name="<img src=x").click()
        expect(page.frame_locator("iframe").locator("b")).to_have_text("Proszę")
        expect(page.get_by_role("heading", name="<img src=x onerror=alert(1)>")).to_be_visible()
        page.get_by_label("Answer as").fill("Thank you")
        page.get_by_role("button", name="Send answer").click()
        # Nothing listens on Nitka's SMTP port here, and the customer is told so.
        expect(page.get_by_text("Nitka did not take the mail")).to_be_visible()
        browser.close()
    assert dialogs == []
