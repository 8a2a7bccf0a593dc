"""What an agent has sent comes back as long as it has not left, and nothing of it leaves."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import APIResponse, Route, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, title
from tests.e2e.writing import asked, opened, ours, paste
from tests.people import Agent, Mailbox, new_address, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_undo_brings_everything_back_and_nothing_leaves(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(30)
    agent, copied = Agent(shop), new_address("copied")
    sender, found = asked(shop, "undo")
    page = opened(sign_in, found)
    composer(page).click()
    page.keyboard.type("Not ")
    page.keyboard.press("Control+i")
    page.keyboard.type("yet")
    paste(composer(page), "early.pdf", "application/pdf", b"%PDF-1.4 early")
    expect(page.get_by_role("button", name="Remove early.pdf")).to_be_visible()
    page.get_by_role("button", name="Change the recipients").click()
    page.get_by_role("textbox", name="Cc", exact=True).fill(f"{copied},")
    written = composer(page).inner_html()
    page.get_by_role("button", name="Send", exact=True).click()

    bar = page.get_by_role("region", name="Being sent")
    expect(bar).to_contain_text(f"Sending the answer to #{found['number']}")
    expect(composer(page)).to_have_text("")
    expect(page.get_by_label("Messages")).to_contain_text("Has not left yet")
    expect(page.get_by_text("Leaves in"), "the bar counts").to_have_count(0)
    bar.get_by_role("button", name="Undo").click()
    expect(composer(page)).to_contain_text("Not yet")
    assert composer(page).inner_html() == written
    expect(page.get_by_role("button", name="Remove early.pdf")).to_be_visible()
    expect(page.get_by_role("button", name=f"Remove {copied}")).to_be_visible()
    expect(bar).to_be_hidden()
    assert len(agent.messages(found["id"])) == 1
    assert mailbox.to(sender) == []

    page.get_by_role("button", name="Send", exact=True).click()
    # Whoever goes elsewhere can take it back as well; who does not want to wait need not.
    page.get_by_role("link", name="Reports").click()
    bar.get_by_role("button", name="Send now").click()
    received = mailbox.received(sender)
    assert received["cc"] == [copied]
    assert len(mailbox.to(copied)) == 1
    assert len(mailbox.to(sender)) == 1


def test_an_answer_is_sent_from_every_field_and_taken_back_by_the_next_key(
    shop: LocalStack, sign_in: SignIn, hold: Callable[[int], None]
) -> None:
    hold(30)
    colleague = new_address("colleague")
    _, found = asked(shop, "keys")
    page = opened(sign_in, found)
    bar = page.get_by_role("region", name="Being sent")
    page.keyboard.press("r")
    page.keyboard.type("Too early")
    page.keyboard.press("Control+Enter")
    expect(bar).to_contain_text(f"Sending the answer to #{found['number']}")
    page.keyboard.press("z")
    expect(composer(page)).to_have_text("Too early")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()

    page.get_by_role("button", name="Change the recipients").click()
    page.get_by_role("textbox", name="Cc", exact=True).fill("nobody")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="This is no address: nobody")).to_be_visible()
    page.get_by_role("textbox", name="Cc", exact=True).fill(colleague)
    page.keyboard.press("Control+Enter")
    expect(bar).to_contain_text(f"Sending the answer to #{found['number']}")
    page.keyboard.press("z")
    expect(composer(page)).to_have_text("Too early")
    expect(page.get_by_role("button", name=f"Remove {colleague}")).to_be_visible()


def test_a_forward_is_taken_back_here_and_after_a_reload(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(10)
    supplier = new_address("supplier")
    _, found = asked(shop, "forward")
    page = opened(sign_in, found)
    page.get_by_label("Messages").get_by_role("button", name="More about this message").click()
    page.get_by_role("menuitem", name="Forward…").click()
    expect(page.get_by_role("textbox", name="To", exact=True)).to_be_focused()
    page.keyboard.type(f"{supplier};")
    text = page.get_by_role("textbox", name="Forward")
    text.fill("Can you help?")
    page.get_by_role("button", name="Forward", exact=True).click()
    bar = page.get_by_role("region", name="Being sent")
    expect(bar).to_contain_text(f"Forwarding a message of #{found['number']}")
    bar.get_by_role("button", name="Undo").click()
    expect(text).to_have_text("Can you help?")
    expect(page.get_by_role("button", name=f"Remove {supplier}")).to_be_visible()

    page.get_by_role("button", name="Forward", exact=True).click()
    messages = page.get_by_label("Messages")
    expect(messages).to_contain_text("Has not left yet")
    page.reload()
    expect(messages).to_contain_text("Leaves in")
    messages.get_by_role("button", name="Undo").click()
    expect(text).to_have_text("Can you help?")
    expect(page.get_by_role("button", name=f"Remove {supplier}")).to_be_visible()
    assert mailbox.to(supplier) == []
    page.get_by_role("button", name="Forward", exact=True).click()
    bar.get_by_role("button", name="Send now").click()
    assert "It is broken" in mailbox.received(supplier)["text"]

    repair = new_address("repair")
    messages.get_by_role("button", name="More about this message").first.click()
    page.get_by_role("menuitem", name="Redirect…").click()
    dialog = page.get_by_role("dialog", name="Redirect this mail")
    dialog.get_by_role("textbox", name="To").fill(f"{repair},")
    dialog.get_by_role("button", name="Redirect").click()
    bar.get_by_role("button", name="Undo").click()
    expect(bar).to_be_hidden()
    expect(messages).not_to_contain_text("Has not left yet")
    assert mailbox.to(repair) == []


def test_a_first_mail_that_is_taken_back_is_written_again_where_it_began(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(30)
    address, subject = new_address("early"), f"Recall {uuid4().hex[:8]}"
    page = sign_in(path="/inbox/new")
    expect(page.get_by_role("combobox", name="From")).not_to_have_value("")
    page.get_by_role("textbox", name="To", exact=True).fill(f"{address},")
    page.get_by_role("textbox", name="Subject").fill(subject)
    page.get_by_role("textbox", name="Message").fill("Please stop.")
    page.keyboard.press("Control+Enter")
    bar = page.get_by_role("region", name="Being sent")
    expect(bar).to_contain_text("Sending the first mail")
    bar.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_text("Please stop.")
    expect(page.get_by_role("textbox", name="Subject")).to_have_value(subject)
    expect(page.get_by_role("button", name=f"Remove {address}")).to_be_visible()
    assert Agent(shop).conversations(address) == []
    page.get_by_role("textbox", name="Message").fill("Please go on.")
    page.keyboard.press("Control+Enter")
    bar.get_by_role("button", name="Send now").click()
    received = mailbox.received(address)
    assert "Please go on." in received["text"]
    expect(title(page, subject)).to_be_visible()
    until(lambda: [each["status"] for each in Agent(shop).conversations(address)] == ["open"], "it can be found")


def test_an_answer_is_taken_back_in_the_moment_in_which_it_is_sent(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(30)
    sender, found = asked(shop, "hasty")
    page = opened(sign_in, found)
    told: list[tuple[Route, APIResponse]] = []
    # The answer is there, and live on screen, before its sender hears of it.
    page.route("**/api/conversations/*/reply", lambda route: told.append((route, route.fetch())))
    composer(page).fill("It left yesterdya.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(ours(page)).to_contain_text("It left yesterdya.")
    page.get_by_role("button", name="Undo", exact=True).click()
    ((route, answer),) = told
    route.fulfill(response=answer)
    expect(composer(page)).to_have_text("It left yesterdya.")
    expect(page.get_by_role("region", name="Being sent")).to_be_hidden()
    assert mailbox.to(sender) == []
