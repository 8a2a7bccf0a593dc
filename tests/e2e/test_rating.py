"""A customer rates by a mark in the mail; a bad rating is not to be overlooked."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import row, title
from tests.people import Agent, Mailbox, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
COMMENT = "I waited for two weeks, and then it was the wrong size."


def test_a_bad_rating_is_seen_in_the_list_the_header_and_the_thread(shop: LocalStack, sign_in: SignIn) -> None:
    sender, subject = new_address("rates"), f"Late {uuid4().hex[:8]}"
    send(shop, mail(sender, subject))
    demo = Agent(shop)
    found = demo.conversation(sender)["id"]
    demo.do(found, "assign", assignee=demo.me["id"])
    demo.do(found, "reply", text="Sorry!", html="<p>Sorry!</p>", then="close")
    mailbox = Mailbox(shop)
    html = mailbox.html(mailbox.received(sender)["id"])
    marks = re.findall(r'href="([^"]+/rate/[^"]+\?score=\d)"', html)
    assert [mark[-1] for mark in marks] == ["1", "2", "3", "4", "5"]

    page = sign_in(path="/inbox?rating=1")
    expect(row(page, subject)).to_have_count(0)
    customer = page.context.new_page()
    customer.goto(marks[0])
    expect(customer.get_by_role("radio", name="1 Very badly")).to_be_checked()
    assert demo.get(f"/conversations/{found}")["rating"] is None, "looking at the page is no rating"
    customer.get_by_label("Would you like to add something?").fill(COMMENT)
    customer.get_by_role("button", name="Send rating").click()
    expect(customer.get_by_role("heading", name="Thank you")).to_be_visible()
    customer.close()

    rated = row(page, subject)
    expect(rated.get_by_text("1 of 5")).to_be_visible()
    expect(rated.get_by_role("img", name="Unread")).to_be_visible()
    rated.click()
    expect(title(page, subject)).to_be_visible()
    expect(page.get_by_text("Rated 1 of 5")).to_be_visible()
    expect(page.get_by_role("strong").filter(has_text="gave 1 of 5")).to_be_visible()
    expect(page.get_by_text(COMMENT)).to_be_visible()
    until(lambda: not demo.get(f"/conversations/{found}")["unread"], "it was read")
