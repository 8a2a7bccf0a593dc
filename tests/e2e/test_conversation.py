"""A conversation on the screen: joined and parted, shared with colleagues, and read where it was left off."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"


def thread(page: Page) -> Locator:
    """The messages and quiet lines of the open conversation."""
    return page.get_by_label("Messages", exact=True)


def from_menu(page: Page, name: str) -> None:
    """Choose something from the header's menu."""
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=name).click()


def choose_to_merge(page: Page, target: dict[str, Any]) -> None:
    from_menu(page, "Merge into…")
    page.get_by_role("radio", name=f"#{target['number']} {target['subject']}").click()


def begun(
    shop: LocalStack, subject: str, text: str = "Hello", sender: str | None = None
) -> tuple[EmailMessage, Any]:
    """A customer's first mail and the conversation that it began."""
    letter = mail(sender or new_address("talk"), f"{subject} {uuid4().hex[:8]}", text)
    send(shop, letter)
    agent = Agent(shop)

    def look() -> Any:
        items = agent.get("/conversations", q=letter["Subject"])["items"]
        return next((c for c in items if c["subject"] == letter["Subject"]), None)

    return letter, until(look, "the conversation of a mail")


def answer_to(letter: EmailMessage, text: str) -> EmailMessage:
    """The same customer writes again, in the same thread of their mail program."""
    answer = mail(letter["From"], f"Re: {letter['Subject']}", text)
    answer["In-Reply-To"] = answer["References"] = letter["Message-ID"]
    return answer


def test_who_got_a_blind_copy_is_told_to_agents(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Discount")
    boss = {"kind": "email", "value": new_address("boss")}
    agent = Agent(shop)
    agent.do(found["id"], "reply", text="Only for you", to=[found["contact"]], bcc=[boss])
    page = sign_in(path=f"/inbox/{found['id']}")
    answer = thread(page).get_by_role("article").filter(has_text="Only for you")
    expect(answer.get_by_text(f"Bcc {boss['value']}")).to_be_visible()


def test_merging_leads_to_the_other_one_and_so_does_a_later_answer(shop: LocalStack, sign_in: SignIn) -> None:
    sender = new_address("twice")
    _, target = begun(shop, "Lamp", "It is broken", sender)
    letter, source = begun(shop, "Again", "Did you get my mail?", sender)
    agent = Agent(shop)
    agent.do(source["id"], "labels/add", label="urgent-lamp")
    ola = sign_in(OLA, f"/inbox/{source['id']}")
    page = sign_in(path=f"/inbox/{source['id']}")
    expect(title(page, source["subject"])).to_be_visible()

    choose_to_merge(page, target)
    dialog = page.get_by_role("dialog")
    will = f"The messages and notes of #{source['number']} move to #{target['number']}"
    expect(dialog.get_by_text(will)).to_be_visible()
    dialog.get_by_role("button", name=f"Merge into #{target['number']}").click()

    for screen in (page, ola):  # the colleague who has it open goes on there as well
        expect(title(screen, target["subject"])).to_be_visible()
        expect(screen.get_by_text(f"#{source['number']} was merged into this conversation")).to_be_visible()
        expect(thread(screen).get_by_text("Did you get my mail?")).to_be_visible()
    expect(thread(page).get_by_text(f"Demo merged #{source['number']} into it")).to_be_visible()
    expect(page.get_by_role("button", name="Remove the label urgent-lamp")).to_be_visible()

    send(shop, answer_to(letter, "One more thing"))
    expect(thread(page).get_by_text("One more thing")).to_be_visible()
    # An old address leads on, too.
    page.goto(f"/inbox/{source['id']}")
    expect(page).to_have_url(re.compile(target["id"]))


def test_what_is_being_written_goes_on_with_a_merged_conversation(shop: LocalStack, sign_in: SignIn) -> None:
    sender = new_address("twice")
    _, target = begun(shop, "Lamp", "It is broken", sender)
    _, source = begun(shop, "Again", "Did you get my mail?", sender)
    Agent(shop).do(target["id"], "close")
    ola, page = sign_in(OLA, f"/inbox/{source['id']}"), sign_in(path=f"/inbox/{source['id']}")
    for screen in (ola, page):
        expect(composer(screen)).to_have_attribute("contenteditable", "true")
        screen.keyboard.press("r")
        screen.keyboard.type("My answer")
    olas = Agent(shop, OLA)
    until(lambda: [d for d in olas.get("/drafts") if d["key"] == source["id"]], "the draft on the server")

    def lost(route: Route) -> None:
        _ = route.abort() if route.request.method == "PUT" else route.continue_()

    ola.route("**/api/drafts/*", lost)
    ola.keyboard.type(", and more of it")
    choose_to_merge(page, target)
    page.get_by_role("button", name=f"Merge into #{target['number']}").click()

    for screen, text in ((page, "My answer"), (ola, "My answer, and more of it")):
        expect(title(screen, target["subject"])).to_be_visible()
        expect(composer(screen)).to_have_text(text)
        expect(screen.get_by_role("button", name="Show", exact=True)).to_have_count(0)
    ola.unroute("**/api/drafts/*", lost)

    def kept() -> list[tuple[str, str]]:
        keys = (source["id"], target["id"])
        return [(d["key"], d["body"]["text"]) for d in olas.get("/drafts") if d["key"] in keys]

    until(lambda: kept() == [(target["id"], "My answer, and more of it")], "the rest of it on the server")


def test_a_strangers_message_gets_a_conversation_of_its_own(shop: LocalStack, sign_in: SignIn) -> None:
    letter, found = begun(shop, "Order", "Where is it?")
    stranger = answer_to(letter, "I am somebody else, with another question")
    del stranger["From"]
    stranger["From"] = new_address("stranger")
    send(shop, stranger)
    agent = Agent(shop)
    until(lambda: len(agent.messages(found["id"])) == 2, "the stranger's mail in the thread")
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(thread(page).get_by_text("I am somebody else")).to_be_visible()

    from_menu(page, "Split off messages…")
    page.get_by_role("checkbox", name=re.compile("Choose the message by stranger")).check()
    page.get_by_role("button", name="Move 1 message to a new conversation").click()

    expect(thread(page).get_by_text("I am somebody else")).to_be_hidden()
    line = thread(page).get_by_text(re.compile(r"Demo moved 1 message to #\d+"))
    expect(line).to_be_visible()
    line.get_by_role("link").click()
    expect(thread(page).get_by_text("I am somebody else")).to_be_visible()
    expect(thread(page).get_by_text(f"Demo split it off from #{found['number']}")).to_be_visible()
    expect(thread(page).get_by_text("Where is it?")).to_be_hidden()


def test_followers_are_seen_by_the_others_at_once(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Followed")
    page, ola = sign_in(path=f"/inbox/{found['id']}"), sign_in(OLA, f"/inbox/{found['id']}")
    expect(title(page, found["subject"])).to_be_visible()
    expect(title(ola, found["subject"])).to_be_visible()

    page.keyboard.press("f")
    expect(thread(ola).get_by_text("Demo follows the conversation")).to_be_visible()
    expect(ola.get_by_role("button", name="Followed by Demo")).to_be_visible()
    ola.get_by_role("button", name="Followed by Demo").click()
    ola.get_by_role("option", name="Ola Nowak (me)").click()
    expect(page.get_by_role("button", name="Followed by Demo and Ola Nowak")).to_be_visible()
    page.keyboard.press("f")
    expect(ola.get_by_role("button", name="Followed by Ola Nowak", exact=True)).to_be_visible()


def test_a_participant_gets_the_next_answer(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Parcel")
    courier = new_address("courier")
    page = sign_in(path=f"/inbox/{found['id']}")
    from_menu(page, "Add a participant")
    field = page.get_by_role("textbox", name="Add a participant")
    field.fill("no address")
    field.press("Enter")
    expect(page.get_by_text("This is no e-mail address.")).to_be_visible()
    field.fill(courier)
    field.press("Enter")
    participants = page.get_by_role("group", name="Participants")
    expect(participants.get_by_text(courier)).to_be_visible()
    expect(thread(page).get_by_text(f"Demo added {courier} as a participant")).to_be_visible()

    agent = Agent(shop)
    agent.do(found["id"], "reply", text="Please bring it again")
    with httpx.Client(base_url=shop.url("mailbox"), timeout=30) as mailbox:
        until(
            lambda: mailbox.get("/api/mails", params={"to": courier, "sent": False}).json(),
            "the answer in the participant's mailbox",
        )
    participants.get_by_role("button", name=f"Remove the participant {courier}").click()
    expect(thread(page).get_by_text(f"Demo removed the participant {courier}")).to_be_visible()


def test_who_comes_too_late_reads_who_did_what(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Both want it")
    ola = Agent(shop, OLA)
    page = sign_in(path="/settings")
    page.context.route("**/api/live*", lambda route: route.abort())  # so that this screen learns nothing
    page.goto(f"/inbox/{found['id']}")
    expect(title(page, found["subject"])).to_be_visible()
    expect(thread(page).get_by_role("article")).to_be_visible()
    ola.do(found["id"], "assign", assignee=ola.me["id"])

    page.keyboard.press("a")
    page.get_by_role("option", name="Demo (me)").click()
    told = page.get_by_role("alert").filter(has_text="Not assigned")
    expect(told).to_contain_text("Somebody else has this conversation already.")
    expect(told).to_contain_text("Ola Nowak took the conversation.")
    expect(page.get_by_role("button", name="Assigned to Ola Nowak")).to_be_visible()
    assert ola.get(f"/conversations/{found['id']}")["assignee"] == ola.me["id"]


def test_it_opens_where_it_was_left_off_elsewhere(shop: LocalStack, sign_in: SignIn) -> None:
    letter, found = begun(shop, "Long talk", "First question")
    other = sign_in(path=f"/inbox/{found['id']}")
    expect(thread(other).get_by_text("First question")).to_be_visible()
    agent = Agent(shop)
    until(lambda: agent.get(f"/conversations/{found['id']}/timeline")["seen"] > 0, "what was read elsewhere")
    other.close()
    send(shop, answer_to(letter, "\n".join(["Second question", *map(str, range(80))])))
    until(lambda: len(agent.messages(found["id"])) == 2, "the second mail")

    page = sign_in(path=f"/inbox/{found['id']}")
    divider = thread(page).get_by_role("separator").filter(has_text="New")
    expect(divider).to_be_in_viewport()
    expect(thread(page).get_by_text("Second question")).to_be_in_viewport()
    assert _top(divider) < _top(thread(page).get_by_text("Second question"))
    assert _top(divider) > _top(thread(page).get_by_text("First question"))


def test_a_first_visit_begins_with_the_question(shop: LocalStack, sign_in: SignIn) -> None:
    letter, found = begun(shop, "Long question", "\n".join(["The question", *map(str, range(30))]))
    agent = Agent(shop, OLA)
    agent.do(found["id"], "notes", text="\n".join(["Seen", *map(str, range(60))]))
    page = sign_in(path=f"/inbox/{found['id']}")
    question = thread(page).get_by_text("The question")
    expect(question).to_be_in_viewport()
    expect(thread(page).get_by_role("separator").filter(has_text="New")).to_have_count(0)
    assert Agent(shop).get(f"/conversations/{found['id']}")["unread"]  # its end has not been on screen

    agent.do(found["id"], "reply", text="\n".join(["Answer", *map(str, range(60))]))
    send(shop, answer_to(letter, "Thank you"))
    until(lambda: len(agent.messages(found["id"])) == 3, "the second mail")
    page.goto(f"/inbox/{found['id']}")
    expect(thread(page).get_by_text("Thank you")).to_be_in_viewport()
    expect(question).not_to_be_in_viewport()


def test_news_does_not_move_what_is_being_read(shop: LocalStack, sign_in: SignIn) -> None:
    letter, found = begun(shop, "Reading", "Top of it")
    agent = Agent(shop)
    for number in range(8):
        agent.do(found["id"], "notes", text="\n".join(map(str, range(number, number + 9))))
    page = sign_in(path=f"/inbox/{found['id']}")
    card = thread(page).get_by_text("Top of it")
    expect(card).to_be_attached()
    thread(page).focus()
    page.keyboard.press("Home")
    expect(card).to_be_in_viewport()
    before = _top(card)

    send(shop, answer_to(letter, "And something new"))
    news = page.get_by_role("button", name="1 new message")
    expect(news).to_be_visible()
    assert _top(card) == before
    expect(thread(page).get_by_text("And something new")).not_to_be_in_viewport()
    news.click()
    expect(thread(page).get_by_text("And something new")).to_be_in_viewport()
    expect(news).to_be_hidden()


def test_a_message_has_an_address_of_its_own_also_far_back(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Far back", "The very first message")
    agent = Agent(shop)
    first = agent.messages(found["id"])[0]
    for number in range(70):
        agent.do(found["id"], "notes", text=f"Note {number}")
    page = sign_in(path=f"/inbox/{found['id']}#m-{first['id']}")
    expect(thread(page).get_by_text("The very first message")).to_be_in_viewport()
    expect(page.locator(":focus")).to_contain_text("The very first message")


def test_the_customers_other_conversations_and_notes_lie_beside_it(shop: LocalStack, sign_in: SignIn) -> None:
    sender = new_address("known")
    _, first = begun(shop, "First talk", "Hello", sender)
    _, second = begun(shop, "Second talk", "Hello again", sender)
    agent = Agent(shop, OLA)
    until(lambda: agent.get(f"/conversations/{second['id']}")["customer_id"], "the customer of the conversation")
    page = sign_in(path=f"/inbox/{second['id']}")
    panel = page.get_by_role("complementary", name="Customer")
    expect(panel.get_by_role("link", name=re.compile(first["subject"]))).to_be_visible()

    agent.do(first["id"], "notes", text="Prefers to be called in the evening")
    expect(panel.get_by_text("Prefers to be called in the evening")).to_be_visible()
    _, third = begun(shop, "Third talk", "Hello once more", sender)
    expect(panel.get_by_role("link", name=re.compile(third["subject"]))).to_be_visible()
    panel.get_by_role("link", name=re.compile(first["subject"])).click()
    expect(title(page, first["subject"])).to_be_visible()


def test_a_thread_that_cannot_be_read_says_so_and_tries_again(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Unlucky", "Here I am")
    page = sign_in(path="/settings")

    def fail(route: Route) -> None:
        route.fulfill(status=500, json={"code": "broken", "detail": "Something is broken."})

    page.context.route("**/timeline*", fail)
    page.goto(f"/inbox/{found['id']}")
    told = page.get_by_role("alert").filter(has_text="This could not be loaded")
    expect(told).to_be_visible()
    page.context.unroute("**/timeline*", fail)
    told.get_by_role("button", name="Try again").click()
    expect(thread(page).get_by_text("Here I am")).to_be_visible()


def _top(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return round(box["y"])


def test_an_answer_that_was_not_delivered_is_marked_until_it_is_seen_to(shop: LocalStack, sign_in: SignIn) -> None:
    letter, found = begun(shop, "Unreachable", sender=f"{uuid4().hex}@refused.example")
    agent = Agent(shop)
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(title(page, found["subject"])).to_be_visible()
    agent.do(found["id"], "reply", text="Good day")
    until(lambda: agent.get(f"/conversations/{found['id']}")["undelivered"], "the news that it was lost")
    until(lambda: not agent.get(f"/conversations/{found['id']}")["unread"], "it is on screen, and so seen")
    page.goto(f"/inbox/{found['id']}?undelivered=true")
    expect(title(page, found["subject"])).to_be_visible()
    expect(row(page, letter["Subject"])).to_contain_text("Not delivered")
    header = page.locator("header").filter(has=title(page, found["subject"]))
    expect(header).to_contain_text("Not delivered")
    expect(header).not_to_contain_text("Answered")

    page.get_by_role("button", name="Close", exact=True).click()
    expect(header).not_to_contain_text("Not delivered")
    expect(row(page, letter["Subject"])).to_have_count(0)


def test_it_is_moved_to_a_queue_from_the_menu(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Queue")
    agent, queue = Agent(shop), f"returns-{uuid4().hex[:6]}"
    page = sign_in(path=f"/inbox/{found['id']}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Move to a queue…").click()
    page.get_by_placeholder("Find or add a queue…").fill(queue)
    page.keyboard.press("Enter")
    until(lambda: agent.get(f"/conversations/{found['id']}")["queue"] == queue, "it in the queue")


def test_a_closed_conversation_says_whose_it_was(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = begun(shop, "Whose")
    agent, ola = Agent(shop), Agent(shop, OLA)
    agent.do(found["id"], "assign", assignee=ola.me["id"])
    agent.do(found["id"], "close")
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(page.locator("header").filter(has=title(page, found["subject"]))).to_contain_text(
        "Assigned to Ola Nowak"
    )
