"""The list: what it shows, what is done to many rows, and that it stays quick however long it is."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import row, title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"


def conversations(shop: LocalStack, agent: Agent, label: str, count: int) -> list[dict[str, Any]]:
    """New conversations that carry this label, in the order of their arrival."""
    found = []
    for number in range(count):
        sender = new_address(f"list{number}")
        send(shop, mail(sender, f"{label} number {number}"))
        found.append(agent.do(agent.conversation(sender)["id"], "labels/add", label=label))
    return found


def heading(page: Page, name: str | re.Pattern[str]) -> Locator:
    """The name of the list that is shown."""
    return page.get_by_role("heading", level=1, name=name)


def test_filters_are_in_the_url_and_can_be_taken_away(shop: LocalStack, sign_in: SignIn) -> None:
    label = f"filter-{uuid4().hex[:6]}"
    first, second = conversations(shop, Agent(shop), label, 2)
    Agent(shop).do(second["id"], "priority", priority="urgent")
    page = sign_in()
    expect(row(page, second["subject"])).to_be_visible()

    page.get_by_role("button", name="Filter and order").click()
    page.get_by_role("combobox", name="Label").fill(label)
    page.get_by_role("option", name=label).click()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Priority").click()
    page.get_by_role("option", name="Urgent").click()
    page.keyboard.press("Escape")
    expect(row(page, first["subject"])).to_be_hidden()
    expect(row(page, second["subject"])).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"label": [label], "priority": ["urgent"]}

    page.reload()
    expect(row(page, second["subject"])).to_be_visible()
    expect(row(page, first["subject"])).to_be_hidden()
    page.get_by_role("button", name="Remove the filter Priority: Urgent").click()
    expect(row(page, first["subject"])).to_be_visible()
    expect(page).to_have_url(re.compile(rf"\?label={label}$"))


def test_a_search_looks_everywhere_and_shows_what_it_found(shop: LocalStack, sign_in: SignIn) -> None:
    word = f"żółw{uuid4().hex[:6]}"
    found = conversations(shop, Agent(shop), word, 2)
    Agent(shop).do(found[0]["id"], "close")
    page = sign_in()
    page.keyboard.press("/")
    page.keyboard.type(word.replace("ż", "z").replace("ó", "o").replace("ł", "l"))
    expect(heading(page, "Search results")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("2 found", exact=True)).to_be_visible()
    expect(row(page, found[0]["subject"])).to_contain_text("Closed")
    expect(row(page, found[1]["subject"])).to_contain_text("Open")
    expect(row(page, found[0]["subject"]).locator("mark").first).to_have_text(word)
    page.keyboard.press("Escape")
    expect(heading(page, "Open")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search conversations")).to_have_value("")


def test_the_list_stays_until_the_one_that_was_asked_for_is_there(shop: LocalStack, sign_in: SignIn) -> None:
    label = f"stays-{uuid4().hex[:6]}"
    first, second = conversations(shop, Agent(shop), label, 2)
    page = sign_in(path=f"/inbox?label={label}")
    expect(row(page, first["subject"])).to_be_visible()

    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    with page.expect_request(re.compile(r"/api/conversations\?.*assignee=me")):
        page.route(re.compile(r"/api/conversations\?.*assignee=me"), keep)
        page.evaluate("history.pushState(null, '', location.href + '&assignee=me')")
    expect(page.get_by_role("list", name="Conversations")).to_have_attribute("aria-busy", "true")
    expect(row(page, second["subject"])).to_be_visible()
    waiting[0].continue_()
    expect(row(page, second["subject"])).to_be_hidden()


def test_closing_many_says_which_one_was_refused_and_why(shop: LocalStack, sign_in: SignIn) -> None:
    label = f"bulk-{uuid4().hex[:6]}"
    agent = Agent(shop)
    found = conversations(shop, agent, label, 3)
    page = sign_in(path="/settings")
    page.context.route("**/api/live*", lambda route: route.abort())  # so that this screen learns nothing
    page.goto(f"/inbox?label={label}")
    expect(row(page, found[0]["subject"])).to_be_visible()
    agent.do(found[1]["id"], "archive")

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    toolbar = page.get_by_role("toolbar", name="Actions for the selected conversations")
    expect(toolbar.get_by_text("3 selected")).to_be_visible()
    page.keyboard.press("e")
    told = page.get_by_role("alert").filter(has_text="1 conversation was not changed")
    expect(told).to_contain_text(f"#{found[1]['number']}")
    expect(told).to_contain_text("The conversation is archived. Reopen it first.")
    expect(toolbar.get_by_text("1 selected")).to_be_visible()
    states = {each["id"]: agent.get(f"/conversations/{each['id']}")["status"] for each in found}
    assert states == {found[0]["id"]: "closed", found[1]["id"]: "archived", found[2]["id"]: "closed"}


@pytest.mark.parametrize("step", ["Archive", "Reopen"])
def test_undo_brings_each_back_to_where_it_was(shop: LocalStack, sign_in: SignIn, step: str) -> None:
    agent, label = Agent(shop), f"undo-{uuid4().hex[:6]}"
    closed, asleep = conversations(shop, agent, label, 2)
    until_then = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    agent.do(closed["id"], "close")
    agent.do(asleep["id"], "snooze", until=until_then)
    page = sign_in(path=f"/inbox?label={label}&status=any")
    expect(row(page, asleep["subject"])).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    bar = page.get_by_role("toolbar", name="Actions for the selected conversations")
    expect(bar.get_by_text("2 selected")).to_be_visible()
    bar.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=step).click()
    page.get_by_role("button", name="Undo", exact=True).click()

    def now(conversation: dict[str, Any]) -> Any:
        return agent.get(f"/conversations/{conversation['id']}")

    until(lambda: now(closed)["status"] == "closed", "the closed one")
    until(lambda: now(asleep)["status"] == "snoozed", "the one that was snoozed")
    assert datetime.fromisoformat(now(asleep)["snoozed_until"]) == datetime.fromisoformat(until_then)


def test_undoing_a_label_on_many_leaves_it_where_it_was_before(shop: LocalStack, sign_in: SignIn) -> None:
    agent, label, other = Agent(shop), f"many-{uuid4().hex[:6]}", f"late-{uuid4().hex[:6]}"
    one, two, had = conversations(shop, agent, label, 3)
    agent.do(had["id"], "labels/add", label=other)
    page = sign_in(path=f"/inbox?label={label}")
    expect(row(page, one["subject"])).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("toolbar").get_by_text("3 selected")).to_be_visible()
    page.keyboard.press("l")
    page.get_by_placeholder("Find or add a label").fill(other)
    page.get_by_role("option", name=other, exact=True).click()
    expect(page.get_by_text(f"Label “{other}” added: 2 conversations")).to_be_visible()

    def labelled() -> set[str]:
        return {c["id"] for c in (one, two, had) if other in agent.get(f"/conversations/{c['id']}")["labels"]}

    assert len(labelled()) == 3
    page.get_by_role("button", name="Undo", exact=True).click()
    until(lambda: labelled() == {had["id"]}, "the label only where it was before")


def test_merging_two_keeps_the_older(shop: LocalStack, sign_in: SignIn) -> None:
    label = f"merge-{uuid4().hex[:6]}"
    agent = Agent(shop)
    older, newer = conversations(shop, agent, label, 2)
    page = sign_in(path=f"/inbox?label={label}")
    expect(row(page, older["subject"])).to_be_visible()
    for each in (older, newer):
        page.get_by_role("checkbox", name=re.compile(re.escape(each["subject"]))).click()
    page.get_by_role("toolbar").get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Merge…").click()
    dialog = page.get_by_role("dialog", name="Merge conversations")
    expect(dialog.get_by_role("radio", name=older["subject"])).to_be_checked()
    dialog.get_by_role("button", name=f"Merge into #{older['number']}").click()
    expect(row(page, newer["subject"])).to_be_hidden()
    expect(row(page, older["subject"])).to_be_visible()
    until(lambda: len(agent.messages(older["id"])) == 2, "both messages in the older conversation")


def test_read_and_unread_are_each_agents_own(shop: LocalStack, sign_in: SignIn) -> None:
    subject = f"Unread {uuid4().hex[:8]}"
    sender = new_address("unread")
    send(shop, mail(sender, subject))
    demo, ola = sign_in(), sign_in(OLA)
    for page in (demo, ola):
        expect(row(page, subject).get_by_role("img", name="Unread")).to_be_visible()

    row(demo, subject).click()
    expect(title(demo, subject)).to_be_visible()
    expect(row(demo, subject).get_by_role("img", name="Unread")).to_be_hidden()
    found = Agent(shop).conversation(sender)
    until(lambda: not Agent(shop).get(f"/conversations/{found['id']}")["unread"], "read on the server")
    demo.reload()
    expect(row(demo, subject)).to_be_visible()
    expect(row(demo, subject).get_by_role("img", name="Unread")).to_be_hidden()
    expect(row(ola, subject).get_by_role("img", name="Unread")).to_be_visible()

    expect(title(demo, subject)).to_be_visible()
    row(demo, subject).focus()
    demo.keyboard.press("u")
    expect(row(demo, subject).get_by_role("img", name="Unread")).to_be_visible()
    until(lambda: Agent(shop).get(f"/conversations/{found['id']}")["unread"], "unread on the server")
    demo.goto("/inbox?unread=true")
    expect(row(demo, subject)).to_be_visible()


def test_a_row_tells_whether_it_is_answered(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender, subject = Agent(shop), new_address("answered"), f"Answered {uuid4().hex[:8]}"
    send(shop, mail(sender, subject))
    found = agent.conversation(sender)
    page = sign_in()
    expect(row(page, subject)).to_be_visible()
    answered = row(page, subject).get_by_role("img", name="Answered")
    expect(answered).to_have_count(0)
    agent.do(found["id"], "reply", text="Good day")
    expect(answered).to_be_visible()
    send(shop, mail(sender, f"Re: {subject} [#{found['number']}]", "And another thing"))
    expect(answered).to_have_count(0)


def test_what_came_since_is_marked_in_the_thread(shop: LocalStack, sign_in: SignIn) -> None:
    sender, subject = new_address("since"), f"Since {uuid4().hex[:8]}"
    send(shop, mail(sender, subject, "The first one"))
    agent = Agent(shop)
    found = agent.conversation(sender)
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(page.get_by_label("Messages").get_by_text("The first one")).to_be_visible()
    until(lambda: not agent.get(f"/conversations/{found['id']}")["unread"], "read on the server")
    page.goto("/settings")
    reply = mail(sender, f"Re: {subject} [#{found['number']}]", "The second one")
    reply["In-Reply-To"] = ""
    send(shop, reply)
    agent.conversation(sender, messages=2)
    page.goto(f"/inbox/{found['id']}")
    thread = page.get_by_label("Messages")
    expect(thread.get_by_text("The second one")).to_be_visible()
    expect(thread.get_by_role("separator").filter(has_text="New")).to_be_visible()


def test_the_panels_are_resized_by_keyboard_and_stay_so(shop: LocalStack, sign_in: SignIn) -> None:
    page = sign_in()
    border = page.get_by_role("separator", name="Width of the list")
    expect(border).to_have_attribute("aria-valuenow", "360")
    border.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(border).to_have_attribute("aria-valuenow", "392")
    panel = page.locator("#list-panel")
    expect(panel).to_have_js_property("offsetWidth", 392)
    page.reload()
    expect(panel).to_have_js_property("offsetWidth", 392)
    box = border.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(box["x"] - 500, 400, steps=4)
    page.mouse.up()
    expect(panel).to_have_js_property("offsetWidth", 280)
    border.dblclick()
    expect(panel).to_have_js_property("offsetWidth", 360)


def test_a_phone_has_all_of_it(shop: LocalStack, sign_in: SignIn) -> None:
    label = f"phone-{uuid4().hex[:6]}"
    found = conversations(shop, Agent(shop), label, 1)[0]
    page = sign_in(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Filter and order").tap()
    page.get_by_role("combobox", name="Label").fill(label)
    page.get_by_role("option", name=label).tap()
    page.mouse.click(195, 830)
    expect(page.get_by_role("button", name=f"Remove the filter {label}")).to_be_visible()
    expect(page.get_by_role("separator")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    row(page, found["subject"]).tap()
    expect(title(page, found["subject"])).to_be_visible()
    page.get_by_role("button", name="Back to the list").tap()
    expect(page.get_by_role("button", name=f"Remove the filter {label}")).to_be_visible()
    expect(row(page, found["subject"])).to_be_focused()


MANY = 100_000


class ManyRows:
    """Answers the list from a hundred thousand conversations; the rest of the product is the real one."""

    def __init__(self, like: dict[str, Any]) -> None:
        self._like = like
        self._newest = datetime.now(UTC)

    def row(self, index: int) -> dict[str, Any]:
        at = (self._newest - timedelta(minutes=index)).isoformat()
        fields = {"id": str(UUID(int=index + 1)), "number": MANY - index, "subject": f"Row {index}."}
        return {**self._like, **fields, "last_message_at": at, "waiting_since": at, "unread": False}

    def answer(self, route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        end = min(start + limit, MANY)
        items = [self.row(index) for index in range(start, end)]
        body = {"items": items, "next": str(end) if end < MANY else None, "incomplete": False}
        route.fulfill(content_type="application/json", body=json.dumps(body))


def test_a_hundred_thousand_conversations_are_a_screen_of_rows(shop: LocalStack, sign_in: SignIn) -> None:
    like = conversations(shop, Agent(shop), f"many-{uuid4().hex[:6]}", 1)[0]
    page = sign_in(path="/settings")
    page.context.route(re.compile(r"/api/conversations\?"), ManyRows(like).answer)
    page.goto("/inbox")
    rows = page.locator("li").filter(has=page.locator("[data-row]"))
    shown = page.get_by_role("list", name="Conversations")
    expect(row(page, "Row 0.")).to_be_visible()

    def drawn() -> int:
        return int(shown.locator("> li").count())

    def scroll_to(index: int) -> None:
        """As far as rows are loaded, again and again until it is there."""

        def there() -> bool:
            shown.locator("..").evaluate("(box, top) => { box.scrollTop = top }", index * 80)
            return row(page, f"Row {index}.").is_visible()

        until(there, f"row {index}")

    for index in range(90, 3000, 90):
        scroll_to(index)
        assert drawn() < 80
    expect(rows.first).to_be_visible()

    scroll_to(1500)  # far above what is kept
    assert drawn() < 80
    row(page, "Row 1500.").focus()
    for step in range(1, 130):  # over the end of a page, by key
        page.keyboard.press("j")
        expect(row(page, f"Row {1500 + step}.")).to_be_focused()
    page.keyboard.press("Home")
    expect(row(page, "Row 0.")).to_be_focused()
    assert drawn() < 80


def test_the_list_is_where_it_was_on_coming_back(shop: LocalStack, sign_in: SignIn) -> None:
    like = conversations(shop, Agent(shop), f"back-{uuid4().hex[:6]}", 1)[0]
    page = sign_in(path="/settings")
    page.context.route(re.compile(r"/api/conversations\?"), ManyRows(like).answer)
    page.goto("/inbox")
    box = page.get_by_role("list", name="Conversations").locator("..")
    expect(row(page, "Row 0.")).to_be_visible()
    box.evaluate("box => { box.scrollTop = 3200 }")
    expect(row(page, "Row 42.")).to_be_visible()
    page.get_by_role("link", name="Reports").click()
    expect(heading(page, "Reports")).to_be_visible()
    page.go_back()
    expect(row(page, "Row 42.")).to_be_in_viewport()
    assert box.evaluate("box => box.scrollTop") == 3200
