"""Keys: each does one thing, once, and what is meant as text never becomes a shortcut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def _asked(shop: LocalStack, subject: str, html: str | None = None) -> dict[str, Any]:
    """A customer's first mail, and the conversation that it began."""
    sender = new_address("keys")
    letter = mail(f"Kim Keys <{sender}>", f"{subject} {uuid4().hex[:8]}", "Please help me")
    if html:
        letter.add_alternative(html, subtype="html")
    send(shop, letter)
    return Agent(shop).conversation(sender)


def _note(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Note")


def _held_back(page: Page, pattern: str) -> Callable[[], None]:
    """No request that fits gets through until the result is called."""
    waiting: list[Route] = []
    held = True

    def keep(route: Route) -> None:
        if held:
            waiting.append(route)
        else:
            route.continue_()

    page.route(pattern, keep)

    def let_go() -> None:
        nonlocal held
        held = False
        for route in waiting:
            route.continue_()

    return let_go


def _asking_for_the_palette(
    shop: LocalStack, sign_in: SignIn, subject: str
) -> tuple[dict[str, Any], Page, Callable[[], None]]:
    """A conversation on screen, its page, and what lets the palette come that was asked for."""
    found = _asked(shop, subject)
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(title(page, found["subject"])).to_be_visible()
    let_go = _held_back(page, "**/Palette*.js")
    page.keyboard.press("Control+k")
    return found, page, let_go


def test_the_space_bar_serves_one_at_a_time_and_scrolls_in_what_is_unfinished(
    shop: LocalStack, sign_in: SignIn
) -> None:
    agent = Agent(shop)
    agent.empty_queue()
    first, second = _asked(shop, "First"), _asked(shop, "Second")
    until(lambda: agent.get("/queue")["waiting"] >= 2, "the queue")
    page = sign_in()
    expect(row(page, second["subject"])).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/serve-next" in request.url else None)

    let_go = _held_back(page, "**/api/serve-next")
    page.keyboard.down("Space")
    page.keyboard.down("Space")
    page.keyboard.up("Space")
    page.keyboard.press("Space")
    let_go()
    expect(title(page, first["subject"])).to_be_visible()
    page.get_by_label("Messages", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("e")
    expect(page.get_by_text("This conversation is closed.")).to_be_visible()
    assert len(asked) == 1
    page.keyboard.press("Space")
    expect(title(page, second["subject"])).to_be_visible()
    assert len(asked) == 2


def test_what_is_typed_while_a_conversation_comes_is_text(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Early")
    page = sign_in(path="/settings")
    let_go = _held_back(page, f"**/api/conversations/{found['id']}")
    page.goto(f"/inbox/{found['id']}")
    expect(page.get_by_role("heading", level=1, name="Open")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("leave it, ")
    let_go()
    expect(_note(page)).to_be_focused()
    page.keyboard.type("please")
    expect(_note(page)).to_have_value("leave it, please")

    # What the list knows of it is enough to begin with.
    page.goto("/inbox")
    let_go = _held_back(page, f"**/api/conversations/{found['id']}")
    row(page, found["subject"]).click()
    expect(title(page, found["subject"])).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Like any letter")
    expect(composer(page)).to_have_text("Like any letter")
    let_go()


def test_letters_go_on_into_the_editor_that_takes_the_place_of_a_field(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Slow")
    page = sign_in(path="/settings")
    let_go = _held_back(page, "**/assets/RichEditor-*.js")
    page.goto(f"/inbox/{found['id']}")
    expect(title(page, found["subject"])).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Half")
    field = composer(page)
    page.evaluate("""() => new MutationObserver(() => {
      if (document.querySelector('[contenteditable=true]')) window.focusedThen ??= document.activeElement.tagName;
    }).observe(document.body, { subtree: true, childList: true, attributes: true })""")
    let_go()
    expect(field).to_have_attribute("contenteditable", "true")
    assert page.evaluate("() => window.focusedThen") == "DIV"
    page.keyboard.type("way")
    expect(field).to_have_text("Halfway")


def test_the_reply_key_opens_the_field_of_a_closed_conversation(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Over")
    agent = Agent(shop)
    agent.do(found["id"], "close")
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(page.get_by_text("This conversation is closed.")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("look, one thing more")
    expect(composer(page)).to_have_text("look, one thing more")
    assert agent.get(f"/conversations/{found['id']}")["status"] == "closed"


def test_the_field_of_the_recipients_stays_when_the_last_one_goes(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Nobody")
    page = sign_in(path=f"/inbox/{found['id']}")
    page.get_by_role("button", name="Change the recipients").click()
    to = page.get_by_role("textbox", name="To", exact=True)
    to.focus()
    page.keyboard.press("Backspace")
    expect(to).to_be_focused()
    composer(page).click()
    page.keyboard.type("To whom?")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Say to whom it goes.")).to_be_visible()
    assert len(Agent(shop).messages(found["id"])) == 1
    to.focus()
    page.keyboard.type("ewa@")
    expect(to).to_have_value("ewa@")
    assert Agent(shop).get(f"/conversations/{found['id']}")["status"] == "open"


def test_enter_follows_a_link_inside_a_mail(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Link", '<p>See <a href="https://parcels.example/1">my parcel</a></p>')
    page = sign_in(path=f"/inbox/{found['id']}")
    page.context.route("https://parcels.example/1", lambda route: route.fulfill(body="On its way"))
    link = page.frame_locator("iframe").get_by_role("link", name="my parcel")
    link.focus()
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    expect(opened.value.get_by_text("On its way")).to_be_visible()


def test_keys_go_on_after_a_choice_and_lead_from_the_search_to_its_rows(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Found")
    page = sign_in()
    page.get_by_role("radiogroup", name="Assigned to").get_by_text("Unassigned").click()
    expect(row(page, found["subject"])).to_be_visible()
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type(found["subject"])
    expect(page.locator("[data-row]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(row(page, found["subject"])).to_be_focused()
    expect(search).to_have_value(found["subject"])


def test_going_on_opens_the_next_one_and_every_key_acts_on_what_is_open(shop: LocalStack, sign_in: SignIn) -> None:
    agent = Agent(shop)
    older, newer = _asked(shop, "Older"), _asked(shop, "Newer")
    label = f"on-{uuid4().hex[:6]}"
    for each in (older, newer):
        agent.do(each["id"], "labels/add", label=label)

    def now(conversation: dict[str, Any]) -> Any:
        return agent.get(f"/conversations/{conversation['id']}")

    page = sign_in(path=f"/inbox?label={label}")
    expect(row(page, older["subject"])).to_be_visible()
    page.keyboard.press("j")
    expect(row(page, newer["subject"])).to_be_focused()
    page.keyboard.press("Enter")
    expect(title(page, newer["subject"])).to_be_visible()
    until(lambda: not now(newer)["unread"], "seen")
    page.keyboard.press("j")
    expect(title(page, older["subject"])).to_be_visible()
    until(lambda: not now(older)["unread"], "seen")
    page.keyboard.press("u")
    page.keyboard.press("f")
    page.keyboard.press("e")
    until(lambda: now(older)["status"] == "closed", "the open one closed")
    until(lambda: now(older)["unread"] and now(older)["followers"], "the open one marked and followed")
    assert now(newer)["status"] == "open"
    assert not now(newer)["unread"] and not now(newer)["followers"]
    page.keyboard.press("k")
    expect(title(page, newer["subject"])).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=2, name="Ready for the next one?")).to_be_visible()
    page.keyboard.press("x")
    expect(row(page, newer["subject"]).locator("..").get_by_role("checkbox")).to_be_checked()


def test_z_undoes_what_was_done_last(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Undone by a key")
    agent = Agent(shop)

    def status() -> str:
        return str(agent.get(f"/conversations/{found['id']}")["status"])

    page = sign_in(path=f"/inbox/{found['id']}")
    expect(title(page, found["subject"])).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_text(f"Conversation #{found['number']} closed")).to_be_visible()
    page.keyboard.press("z")
    until(lambda: status() == "open", "the conversation that was closed by mistake")
    expect(page.get_by_text(f"Conversation #{found['number']} closed")).to_be_hidden()
    page.keyboard.press("z")
    expect(composer(page)).to_be_visible()
    assert status() == "open", "there is nothing else to undo"


def test_a_snoozed_conversation_can_be_woken_by_a_button(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Asleep")
    agent = Agent(shop)
    agent.do(found["id"], "snooze", until="2099-01-01T10:00:00Z")
    page = sign_in(path=f"/inbox/{found['id']}")
    wake = page.get_by_role("button", name="Wake up now")
    wake.click()
    expect(wake).to_be_hidden()
    until(lambda: agent.get(f"/conversations/{found['id']}")["status"] == "open", "the conversation awake")


def test_what_is_typed_while_the_palette_comes_is_what_is_sought(shop: LocalStack, sign_in: SignIn) -> None:
    found, page, let_go = _asking_for_the_palette(shop, sign_in, "Stays open")
    page.keyboard.type("clear")  # E would close the conversation
    let_go()
    expect(page.get_by_placeholder("What do you want to do?")).to_have_value("clear")
    assert Agent(shop).get(f"/conversations/{found['id']}")["status"] == "open"


def test_a_palette_is_left_before_it_is_there(shop: LocalStack, sign_in: SignIn) -> None:
    found, page, let_go = _asking_for_the_palette(shop, sign_in, "Stays on screen")
    page.keyboard.press("Escape")
    with page.expect_response("**/Palette*.js"):
        let_go()
    page.keyboard.press("?")
    expect(page.get_by_text("Serve next, when nothing unfinished is open")).to_be_visible()
    expect(page.get_by_placeholder("What do you want to do?")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(title(page, found["subject"])).to_be_visible()


def test_the_key_that_serves_is_shown_where_it_serves(shop: LocalStack, sign_in: SignIn) -> None:
    found = _asked(shop, "Not finished")
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(title(page, found["subject"])).to_be_visible()
    button = page.get_by_role("button", name="Serve next").first
    button.hover()
    expect(page.get_by_role("tooltip")).to_have_text("Serve next")
    page.mouse.move(0, 0)
    page.keyboard.press("Control+k")
    option = page.get_by_role("dialog").get_by_role("button").first
    expect(option).to_have_text("Serve next")
    page.keyboard.press("Escape")
    expect(option).to_be_hidden()

    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Reopen", exact=True).first).to_be_visible()
    button.hover()
    expect(page.get_by_role("tooltip")).to_have_text("Serve next  ·  ␣")
    page.keyboard.press("Control+k")
    expect(option).to_have_text("Serve nextSpace")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_text("Serve next, when nothing unfinished is open")).to_be_visible()
