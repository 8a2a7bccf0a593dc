"""An agent's day in the browser, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Route, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_a_mail_appears_in_the_list_by_itself(
    shop: LocalStack, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context().new_page()
    page.goto("/inbox")
    page.get_by_label("E-mail").fill(shop.env["NITKA_DEMO_EMAIL"])
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_role("textbox", name="Password").fill(shop.env["NITKA_DEMO_PASSWORD"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Open")).to_be_visible()
    page.evaluate("window.sameDocument = true")

    subject = f"Lamp {uuid4().hex[:8]}"
    send(shop, mail(f"Ludwika Lampa <{new_address('lamp')}>", subject, "It does not shine"))
    expect(row(page, subject)).to_be_visible()
    expect(row(page, subject)).to_contain_text("Ludwika Lampa")
    assert page.evaluate("window.sameDocument") is True
    row(page, subject).click()
    expect(title(page, subject)).to_be_visible()
    expect(page.get_by_role("article")).to_contain_text("It does not shine")


def test_serve_answer_assign_label_snooze_close_reopen_by_keyboard(shop: LocalStack, sign_in: SignIn) -> None:
    agent = Agent(shop)
    agent.empty_queue()
    sender, subject, label = new_address("kettle"), f"Kettle {uuid4().hex[:8]}", f"warranty-{uuid4().hex[:6]}"
    send(shop, mail(f"Kamil Kettle <{sender}>", subject, "It leaks"))
    number = agent.conversation(sender)["number"]
    page = sign_in()
    expect(row(page, subject)).to_be_visible()
    thread = page.get_by_label("Messages")

    page.keyboard.press("Space")
    expect(title(page, subject)).to_be_visible()
    expect(page.get_by_text("Served to you: next by priority and waiting time")).to_be_visible()
    expect(thread.get_by_text("Serve next gave it to Demo")).to_be_visible()

    page.keyboard.press("r")
    composer(page).press_sequentially("Send it back, please. E and S are only letters here.")
    page.keyboard.press("Control+Enter")
    answer = thread.get_by_role("article", name="Demo")
    expect(answer).to_contain_text("Send it back, please.")
    expect(answer).to_contain_text("Sent")
    expect(composer(page)).to_have_text("")

    page.keyboard.press("a")
    page.get_by_placeholder("Assign to…").fill("Ola")
    page.keyboard.press("Enter")
    expect(thread.get_by_text("Demo assigned it to Ola Nowak")).to_be_visible()

    page.keyboard.press("l")
    page.get_by_placeholder("Find or add a label…").fill(label)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Remove the label {label}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_placeholder("Find or add a label…")).to_be_hidden()

    page.keyboard.press("s")
    page.get_by_role("menuitem", name="In 1 hour").click()
    expect(page.get_by_text(f"Conversation #{number} snoozed")).to_be_visible()
    until(lambda: agent.conversation(sender)["status"] == "snoozed", "the snooze")
    page.keyboard.press("o")
    expect(thread.get_by_text("reopened the conversation")).to_have_count(1)  # one line: all in one minute

    page.keyboard.press("e")
    expect(page.get_by_text(f"Conversation #{number} closed")).to_be_visible()
    expect(page.get_by_text("This conversation is closed.")).to_be_visible()
    expect(row(page, subject)).to_have_count(0)
    page.keyboard.press("o")
    until(lambda: agent.conversation(sender)["status"] == "open", "the second reopening")
    expect(row(page, subject)).to_be_visible()
    found = agent.conversation(sender, messages=2)
    assert (found["status"], found["labels"]) == ("open", [label])


def test_files_and_notes(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender, subject = Agent(shop), new_address("note"), f"Note {uuid4().hex[:8]}"
    send(shop, mail(sender, subject))
    found = agent.conversation(sender)
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(title(page, subject)).to_be_visible()
    page.keyboard.press("n")
    page.locator("input[type=file]").set_input_files(
        {"name": "claim.txt", "mimeType": "text/plain", "buffer": b"What the carrier says"}
    )
    expect(page.get_by_role("button", name="Remove claim.txt")).to_be_visible()
    until(lambda: page.get_by_role("progressbar").count() == 0, "the file is there")
    page.get_by_role("button", name="Add note").click()
    note = page.get_by_label("Messages").get_by_role("article").filter(has_text="claim.txt")
    with page.expect_download() as download:
        note.get_by_role("link", name=re.compile("claim.txt")).click()
    assert download.value.path().read_bytes() == b"What the carrier says"
    page.get_by_role("tab", name="Reply").click()
    held: list[Route] = []
    page.route("**/api/attachments?*", lambda route: held.append(route))  # noqa: PLW0108 - a builtin takes no handler's mark
    page.locator("input[type=file]").set_input_files(
        {"name": "label ąę.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 return label"}
    )
    expect(page.get_by_role("button", name="Remove label ąę.pdf")).to_be_visible()
    composer(page).fill("Here is your label")
    page.get_by_role("button", name="Send", exact=True).click()
    complaint = page.get_by_text("Files are still being uploaded.")
    expect(complaint).to_be_visible()
    (upload,) = held
    upload.continue_()
    expect(complaint).to_be_hidden()
    page.get_by_role("button", name="Send", exact=True).click()
    answered = page.get_by_label("Messages").get_by_role("article", name="Demo", exact=True)
    expect(answered).to_contain_text("label ąę.pdf")
    [_, answer] = agent.messages(found["id"])
    assert [a["filename"] for a in answer["attachments"]] == ["label ąę.pdf"]
