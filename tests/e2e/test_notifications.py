"""Who is told of news, and how often: a sound and a notification for those whom it concerns, once, in one tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import row, title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"

# Instead of the system's notifications and loudspeaker: what the page asked of them.
_RECORD = """
window.told = []; window.sounds = 0;
window.Notification = class {
    static permission = 'granted';
    static requestPermission = async () => 'granted';
    constructor(title, options) { this.title = title; Object.assign(this, options); window.told.push(this); }
    close() {}
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...args) { window.sounds += 1; return start.apply(this, args); };
"""
_TOLD = "told.map(({ title, body, tag }) => ({ title, body, tag }))"
_TONES = 2


@pytest.fixture
def demo(shop: LocalStack) -> Iterator[Agent]:
    """Demo, who wants to be told on the desktop."""
    agent = Agent(shop)
    before = agent.get("/preferences")
    agent.http.put("/preferences", json={**before, "sound": True, "desktop": True}).raise_for_status()
    yield agent
    agent.http.put("/preferences", json=before).raise_for_status()


def listening(page: Page, *, leads: bool = True) -> Page:
    """The page, loaded anew with the recorder, its stream begun (or another tab's), and touched by its user."""
    page.add_init_script(_RECORD)
    with page.expect_response(lambda response: "/api/live" in response.url) if leads else nullcontext():
        page.reload()
    expect(page.get_by_role("navigation").first).to_be_visible()
    page.mouse.click(2, 400)
    return page


def told(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(_TOLD)
    return found


def test_only_those_whom_it_concerns_are_told_and_where_they_do_not_look(
    shop: LocalStack, sign_in: SignIn, demo: Agent
) -> None:
    mark = uuid4().hex[:8]
    mine, followed, others = (new_address(name) for name in ("mine", "followed", "others"))
    first = {
        sender: mail(f"Ewa Nowicka <{sender}>", f"{sender[:6]} {mark}") for sender in (mine, followed, others)
    }
    send(shop, *first.values())
    found = {sender: demo.conversation(sender) for sender in first}
    demo.do(found[mine]["id"], "assign", assignee=demo.me["id"])
    demo.do(found[followed]["id"], "follow")
    page = listening(sign_in(path="/reports"))

    def write(sender: str, count: int) -> None:
        more = mail(sender, f"Re: {first[sender]['Subject']}", "More")
        more["In-Reply-To"] = first[sender]["Message-ID"]
        send(shop, more)
        demo.conversation(sender, messages=count)

    write(others, 2)
    write(mine, 2)
    until(lambda: told(page), "a notification")
    assert told(page) == [{"title": "Ewa Nowicka", "body": first[mine]["Subject"], "tag": found[mine]["id"]}]
    assert page.evaluate("sounds") == _TONES
    write(followed, 2)
    until(lambda: len(told(page)) == 2, "a notification of the followed one")
    assert told(page)[1]["tag"] == found[followed]["id"]
    expect(page).to_have_title(re.compile(r"^\(\d+\) Reports · Nitka$"))  # what is unread

    # A click leads there. What is in front of one's eyes is no news.
    page.evaluate("told[0].onclick()")
    expect(title(page, first[mine]["Subject"])).to_be_visible()
    write(mine, 3)
    expect(page.get_by_label("Messages").get_by_role("article")).to_have_count(3)
    # A colleague hands one over, and calls by name: both are told, each once.
    ola = Agent(shop, OLA)
    ola.do(found[others]["id"], "assign", assignee=demo.me["id"])
    until(lambda: len(told(page)) == 3, "a notification of what was assigned")
    assert told(page)[2] == {
        "title": "Assigned to you",
        "body": f"Ewa Nowicka: {first[others]['Subject']}",
        "tag": found[others]["id"],
    }
    ola.do(found[followed]["id"], "notes", text="What do you think?", mentions=[demo.me["id"]])
    until(lambda: len(told(page)) == 4, "a notification of the note")
    assert told(page)[3]["title"] == "Ola Nowak mentioned you"


def test_one_tab_of_several_tells_and_a_switched_off_sound_is_silent(
    shop: LocalStack, sign_in: SignIn, demo: Agent
) -> None:
    sender, subject = new_address("tabs"), f"Tabs {uuid4().hex[:8]}"
    send(shop, mail(sender, subject))
    found = demo.conversation(sender)
    first = listening(sign_in(path="/reports"))
    second = first.context.new_page()
    second.goto("/settings/me")
    second = listening(second, leads=False)
    Agent(shop, OLA).do(found["id"], "assign", assignee=demo.me["id"])
    until(lambda: told(first) or told(second), "a notification")
    expect(row(_inbox(second), subject)).to_be_visible()
    assert len(told(first)) == 1  # the tab that was there first
    assert first.evaluate("sounds") == _TONES

    demo.http.put("/preferences", json={**demo.get("/preferences"), "sound": False}).raise_for_status()
    second.goto("/settings/me")
    expect(second.get_by_role("switch", name="Sound")).not_to_be_checked()
    Agent(shop, OLA).do(found["id"], "notes", text="And this", mentions=[demo.me["id"]])
    until(lambda: len(told(first)) == 2, "the second notification")
    assert first.evaluate("sounds") == _TONES


def test_a_colleagues_wish_is_told_in_the_app_where_the_desktop_says_nothing(
    shop: LocalStack, sign_in: SignIn
) -> None:
    agent, ola, sender = Agent(shop), Agent(shop, OLA), new_address("wish")
    letter = mail(f"Ewa Nowicka <{sender}>", f"Wish {uuid4().hex[:8]}")
    send(shop, letter)
    found = agent.conversation(sender)
    page = listening(sign_in())
    expect(row(page, letter["Subject"])).to_be_visible()
    ola.do(found["id"], "notes", text="What do you think?", mentions=[agent.me["id"]])
    toast = page.get_by_role("alert").filter(
        has_text=f"Ola Nowak mentioned you · Ewa Nowicka: {letter['Subject']}"
    )
    expect(toast).to_be_visible()
    mark = row(page, letter["Subject"]).get_by_role("img", name="Mentions you")
    expect(mark).to_be_visible()
    toast.get_by_role("button", name="Open").click()
    expect(title(page, letter["Subject"])).to_be_visible()
    expect(mark).to_be_hidden()  # read

    ola.do(found["id"], "assign", assignee=agent.me["id"])
    expect(page.get_by_label("Messages").get_by_text("assigned it to Demo")).to_be_visible()
    until(lambda: not agent.get(f"/conversations/{found['id']}")["unread"], "the hand-over, seen")
    more = mail(sender, f"Re: {letter['Subject']}", "More")
    more["In-Reply-To"] = letter["Message-ID"]
    send(shop, more)
    expect(page.get_by_label("Messages").get_by_text("More", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)  # it is in front of one's eyes


def _inbox(page: Page) -> Page:
    page.goto("/inbox")
    return page
