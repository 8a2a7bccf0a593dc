"""A supervisor sets the shop up in the browser; a customer's mail is then labelled and answered by itself."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.conftest import SignIn
from tests.people import Agent, Mailbox, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SUPERVISOR, AGENT = "maria@nitka.example", "ola@nitka.example"


def choose(page: Page, field: Locator, option: str) -> None:
    """Take a choice of a list that opens."""
    field.click()
    page.get_by_role("option", name=option, exact=True).click()


def save(dialog: Locator) -> None:
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def add_template(page: Page, name: str) -> None:
    """A template that greets by name; a variable that does not exist is told at once."""
    page.get_by_role("button", name="New template").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name", exact=True).fill(name)
    words = dialog.get_by_role("textbox", name="Text")
    words.fill("Hello {{customer.nickname}}")
    expect(dialog.get_by_text("Does not exist")).to_be_visible()
    words.fill("Hello ")
    dialog.get_by_role("button", name="First name").click()
    expect(words).to_have_text("Hello {{customer.first_name|there}}")
    expect(dialog.get_by_text("Hello Anna")).to_be_visible()
    save(dialog)
    expect(page.get_by_text(name)).to_be_visible()


def add_label(page: Page, name: str) -> None:
    """A violet label."""
    page.get_by_role("button", name="New label").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Violet").click()
    save(dialog)
    expect(page.get_by_text(name).first).to_be_visible()


def add_rule(page: Page, name: str, word: str, label: str, template: str) -> None:
    """A rule that labels and answers messages with a word, tried before it is saved."""
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name", exact=True).fill(name)
    values = dialog.get_by_role("combobox", name="Values")
    values.fill(word)
    values.press("Enter")
    dialog.get_by_role("combobox", name="Add a label").fill(label)
    page.get_by_role("option", name=label).click()
    dialog.get_by_role("button", name="Add an action").click()
    choose(page, dialog.get_by_role("combobox", name="What to do").last, "Answer with a template")
    choose(page, dialog.get_by_role("combobox", name="Answer with a template").last, template)
    dialog.get_by_role("button", name="Try on the last 100 conversations").click()
    expect(dialog.get_by_text(re.compile(r"None of the last \d+ conversations? match"))).to_be_visible()
    save(dialog)
    expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_a_rule_made_in_the_browser_labels_and_answers(shop: LocalStack, sign_in: SignIn) -> None:
    word, sender = f"kiln{uuid4().hex[:6]}", new_address("zoe")
    template, label, rule = f"Thanks {word}", f"pottery {word}", f"Pottery {word}"
    page = sign_in(SUPERVISOR, "/settings/templates")
    add_template(page, template)
    page.get_by_role("link", name="Labels").click()
    add_label(page, label)
    page.get_by_role("link", name="Rules").click()
    add_rule(page, rule, word, label, template)

    send(shop, mail(f"Zoe Blum <{sender}>", "A question", f"Is the {word} for sale?"))
    found = Agent(shop).conversation(sender)
    page.goto(f"/inbox/{found['id']}")
    expect(page.get_by_text("Hello Zoe", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(rf"{rule}.* added the label {label}"))).to_be_visible()
    expect(page.locator(f"[data-colour=violet]:text-is('{label}')").first).to_be_visible()
    assert found["waiting_since"] is not None, "an automatic answer is no answer of an agent"
    answer = _answer(shop, sender)
    assert answer["text"].strip() == "Hello Zoe"
    assert {name.lower(): value for name, value in answer["headers"]}["auto-submitted"] == "auto-replied"

    page.goto("/settings/rules")
    page.get_by_role("button", name=f"Delete {rule}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text(rule, exact=True)).to_have_count(0)


def _answer(shop: LocalStack, customer: str) -> dict[str, Any]:
    """The only mail that the customer got."""
    with httpx.Client(base_url=shop.url("mailbox"), timeout=30) as mailbox:
        heads = until(
            lambda: mailbox.get("/api/mails", params={"to": customer, "sent": False}).json(),
            "an answer in the mailbox",
        )
        assert len(heads) == 1
        found: dict[str, Any] = mailbox.get(f"/api/mails/{heads[0]['id']}").json()
    return found


def test_business_hours_are_set_and_shown(shop: LocalStack, sign_in: SignIn) -> None:
    sender = new_address("yan")
    send(shop, mail(sender, "Hello"))
    Agent(shop).conversation(sender)
    page = sign_in(SUPERVISOR, "/settings/inboxes")
    page.get_by_role("button", name=re.compile("^Edit")).first.click()
    dialog = page.get_by_role("dialog")
    hours = dialog.get_by_role("switch", name="There are business hours")
    if not hours.is_checked():
        hours.press("Space")
    dialog.get_by_label("Monday: opens").first.fill("08:30")
    holidays = dialog.get_by_role("combobox", name="Public holidays of")
    holidays.fill("Poland")
    page.get_by_role("option", name="Poland").click()
    save(dialog)
    expect(page.get_by_text("08:30–17:00")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Edit")).first.click()
    expect(dialog.get_by_text(re.compile("^Next:"))).to_be_visible()
    dialog.get_by_role("switch", name="There are business hours").press("Space")
    save(dialog)
    expect(page.get_by_text("Always open").first).to_be_visible()


def test_a_signature_is_seen_while_one_writes_and_stands_below_the_mail(shop: LocalStack, sign_in: SignIn) -> None:
    sender = new_address("signed")
    send(shop, mail(sender, "Who are you?"))
    found = Agent(shop).conversation(sender)
    page = sign_in(SUPERVISOR, "/settings/inboxes")
    edit = page.get_by_role("button", name=re.compile("^Edit")).first
    edit.click()
    dialog = page.get_by_role("dialog")
    signature = dialog.get_by_role("textbox", name="Signature")
    signature.fill("Greetings, {{customer.name}}")
    expect(dialog.get_by_text("Does not exist")).to_be_visible()
    signature.fill("Greetings,\n{{agent.name}}")
    save(dialog)

    agents = sign_in(AGENT, f"/inbox/{found['id']}")
    expect(agents.get_by_role("note", name="Signature")).to_have_text("Greetings,\nOla Nowak")
    Agent(shop, AGENT).do(found["id"], "reply", text="A shop.")
    assert Mailbox(shop).received(sender)["text"].splitlines()[:4] == ["A shop.", "", "Greetings,", "Ola Nowak"]

    edit.click()
    signature.fill("")
    save(dialog)


def test_only_who_can_act_on_it_sees_how_mail_is_doing(sign_in: SignIn) -> None:
    trouble: dict[str, Any] = {
        "mailboxes": [
            {
                "inbox": "help@lumo.example",
                "host": "imap.lumo.example",
                "folder": "INBOX",
                "failures": 3,
                "last_error": "login refused",
                "received": 0,
                "set_aside": [{"uid": 7, "received_at": "2026-11-03T09:40:00Z"}],
            }
        ],
        "relay": {"host": "smtp.lumo.example", "port": 587, "security": "starttls", "failures": 0, "waiting": 2},
    }
    page = sign_in(SUPERVISOR, "/settings/inboxes")
    expect(page.get_by_role("heading", name="Mail servers")).to_be_visible()
    expect(page.get_by_text("Outgoing mail")).to_be_visible()
    expect(page.get_by_text("Mail is in trouble")).to_have_count(0)
    page.route("**/api/mail/state", lambda route: route.fulfill(json=trouble))
    page.goto("/inbox")
    page.get_by_role("link", name="Show what is wrong").click()
    expect(page.get_by_text("login refused")).to_be_visible()
    expect(page.get_by_text("1 mail could not be taken in")).to_be_visible()
    expect(page.get_by_text("2 mails wait to leave")).to_be_visible()
    agents = sign_in(AGENT, "/settings/inboxes")
    expect(agents.get_by_text("The shop's mail inboxes")).to_be_visible()
    expect(agents.get_by_role("heading", name="Mail servers")).to_have_count(0)


def test_agents_see_rules_and_cannot_change_them(shop: LocalStack, sign_in: SignIn) -> None:
    page = sign_in(AGENT, "/settings/rules")
    expect(page.get_by_text("Looked at from top to bottom")).to_be_visible()
    expect(page.get_by_role("button", name="New rule")).to_have_count(0)
    body = {"name": "x", "actions": [{"kind": "add_label", "label": "x"}]}
    refused = Agent(shop, AGENT).http.post("/settings/rules", json=body)
    assert refused.status_code == 403


def test_what_was_changed_in_an_editor_is_not_lost_by_a_slip(shop: LocalStack, sign_in: SignIn) -> None:
    page = sign_in(SUPERVISOR, "/settings/templates")
    page.get_by_role("button", name="New template").click()
    editor = page.get_by_role("dialog", name="New template")
    page.keyboard.press("Escape")  # nothing was changed
    expect(editor).to_be_hidden()

    page.get_by_role("button", name="New template").click()
    name = editor.get_by_role("textbox", name="Name", exact=True)
    name.fill("A long one")
    page.mouse.click(5, 5)
    page.keyboard.press("Escape")
    question = page.get_by_role("dialog", name="Changes are not saved")
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(name).to_have_value("A long one")
    editor.get_by_role("button", name="Cancel").click()
    question.get_by_role("button", name="Discard").click()
    expect(editor).to_be_hidden()
