"""What has been begun goes to whom it was meant for, and stays where the agent is."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, Mailbox, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"


def _asked(shop: LocalStack, name: str) -> tuple[str, dict[str, Any]]:
    """A customer who has written, and the conversation."""
    sender = new_address(name)
    send(shop, mail(sender, f"{name} {uuid4().hex[:8]}", "Please help me"))
    return sender, Agent(shop).conversation(sender)


def _write_to(page: Page, conversation: dict[str, Any]) -> None:
    """Begin a mail to the customer of a conversation, from their panel."""
    row(page, conversation["subject"]).click()
    expect(title(page, conversation["subject"])).to_be_visible()
    page.get_by_role("link", name="Write to this customer").click()
    expect(page.get_by_role("heading", level=1, name="New conversation")).to_be_visible()


def _to(page: Page, address: str) -> Locator:
    return page.get_by_role("button", name=f"Remove {address}")


def test_a_mail_for_one_customer_does_not_go_on_to_another(shop: LocalStack, sign_in: SignIn) -> None:
    (ann, of_ann), (bob, of_bob) = _asked(shop, "ann"), _asked(shop, "bob")
    page = sign_in(OLA)
    _write_to(page, of_ann)
    page.get_by_role("textbox", name="Subject").fill("For Ann only")
    expect(_to(page, ann)).to_be_visible()

    _write_to(page, of_bob)
    question = page.get_by_role("alert").filter(has_text=f"A mail to {ann} is begun and not sent.")
    expect(question).to_be_visible()
    expect(_to(page, bob)).to_have_count(0)
    question.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_role("textbox", name="Subject")).to_have_value("For Ann only")
    expect(question).to_be_hidden()

    _write_to(page, of_bob)
    question.get_by_role("button", name=f"Begin one to {bob}").click()
    expect(_to(page, bob)).to_be_visible()
    expect(_to(page, ann)).to_have_count(0)
    expect(page.get_by_role("textbox", name="Subject")).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(_to(page, ann)).to_be_visible()
    expect(page.get_by_role("textbox", name="Subject")).to_have_value("For Ann only")


def test_a_first_mail_that_has_left_does_not_call_its_agent_back(shop: LocalStack, sign_in: SignIn) -> None:
    address, subject = new_address("leaving"), f"Leaving {uuid4().hex[:8]}"
    _, other = _asked(shop, "other")
    page = sign_in(path=f"/inbox/new?to={address}")
    expect(_to(page, address)).to_be_visible()
    page.get_by_role("textbox", name="Subject").fill(subject)
    page.get_by_role("textbox", name="Message").fill("It is on its way")
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    page.route("**/api/conversations", keep)
    expect(page.get_by_label("From", exact=True)).not_to_have_value("")
    with page.expect_request("**/api/conversations"):
        page.keyboard.press("Control+Enter")
    row(page, other["subject"]).click()
    expect(title(page, other["subject"])).to_be_visible()
    waiting[0].continue_()
    told = page.get_by_role("alert").filter(has_text=re.compile(r"Sent: conversation #\d+"))
    expect(told).to_be_visible()
    expect(title(page, other["subject"])).to_be_visible()
    told.get_by_role("button", name="Open").click()
    expect(title(page, subject)).to_be_visible()


def test_a_draft_that_comes_while_the_editor_is_fetched_is_not_overwritten(
    shop: LocalStack, sign_in: SignIn
) -> None:
    _, found = _asked(shop, "elsewhere")
    text = {"text": "Begun at home"}
    Agent(shop).http.put(f"/drafts/{found['id']}", json=text).raise_for_status()
    page = sign_in(path="/settings")
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    page.route("**/assets/RichEditor-*.js", keep)
    page.goto(f"/inbox/{found['id']}")
    expect(page.get_by_text("Begun at home")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("gone on with at the desk")
    for route in waiting:
        route.continue_()
    expect(composer(page)).to_have_attribute("contenteditable", "true")
    expect(composer(page)).to_contain_text("Begun at home")
    expect(composer(page)).to_contain_text("gone on with at the desk")


def test_a_redirect_to_a_corrected_address_is_carried_out(shop: LocalStack, sign_in: SignIn) -> None:
    wrong, right = new_address("wrong"), new_address("right")
    _, found = _asked(shop, "redirected")
    page = sign_in(path=f"/inbox/{found['id']}")

    def doubtful(route: Route) -> None:
        route.fetch()
        route.fulfill(status=504, json={"code": "timeout", "detail": "Nobody knows."})

    page.route("**/forward", doubtful)
    page.get_by_label("Messages").get_by_role("button", name="More about this message").click()
    page.get_by_role("menuitem", name="Redirect…").click()
    dialog = page.get_by_role("dialog", name="Redirect this mail")
    dialog.get_by_role("textbox", name="To").fill(f"{wrong},")
    dialog.get_by_role("button", name="Redirect").click()
    expect(page.get_by_role("alert").filter(has_text="Not redirected")).to_be_visible()
    page.unroute("**/forward", doubtful)
    _to(page, wrong).click()
    dialog.get_by_role("textbox", name="To").fill(f"{right},")
    dialog.get_by_role("button", name="Redirect").click()
    expect(dialog).to_be_hidden()
    Mailbox(shop).received(right)


def test_what_was_not_sent_is_there_once_until_it_is_taken_out(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = _asked(shop, "unsent")
    page = sign_in(OLA, f"/inbox/{found['id']}")
    expect(composer(page)).to_have_attribute("contenteditable", "true")
    page.route("**/reply", lambda route: route.abort())
    page.keyboard.press("r")
    page.keyboard.type("My answer")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="not sent")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Perhaps not sent")).to_be_visible()
    for _ in range(2):
        page.reload()
        expect(composer(page)).to_have_text("My answer")
        expect(page.get_by_role("status").filter(has_text="Perhaps not sent")).to_be_visible()
    composer(page).fill("")
    page.reload()
    expect(title(page, found["subject"])).to_be_visible()
    expect(composer(page)).to_have_attribute("contenteditable", "true")
    expect(composer(page)).to_have_text("")


def test_what_was_sent_is_no_longer_marked_as_begun(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = _asked(shop, "marked")
    page = sign_in(OLA, f"/inbox/{found['id']}")
    begun = row(page, found["subject"]).get_by_role("img", name="You have begun to write")
    expect(composer(page)).to_have_attribute("contenteditable", "true")
    page.keyboard.press("r")
    page.keyboard.type("My answer")
    expect(begun).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(composer(page)).to_have_text("")
    expect(begun).to_be_hidden()


def test_neither_of_two_texts_is_lost_where_an_agent_writes_in_two_places(
    shop: LocalStack, sign_in: SignIn
) -> None:
    _, found = _asked(shop, "places")
    desk, phone = (sign_in(OLA, f"/inbox/{found['id']}") for _ in range(2))
    for page in (desk, phone):
        expect(composer(page)).to_have_attribute("contenteditable", "true")
    desk.keyboard.press("r")
    desk.keyboard.type("Begun")
    expect(composer(phone)).to_have_text("Begun")
    phone.keyboard.press("r")
    phone.keyboard.press("Control+End")
    phone.keyboard.type(", on the phone")
    server = Agent(shop, OLA)
    until(lambda: "phone" in server.get(f"/drafts/{found['id']}")["body"]["text"], "what the phone has kept")
    desk.keyboard.type(", at the desk")
    other = desk.get_by_role("status").filter(has_text="Begun, on the phone")
    expect(other).to_be_visible()
    expect(composer(desk)).to_have_text("Begun, at the desk")
    other.get_by_role("button", name="Show").click()
    expect(composer(desk)).to_have_text("Begun, on the phone")
