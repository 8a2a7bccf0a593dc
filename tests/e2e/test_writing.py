"""Everything with which an agent writes: formatted mails, templates, files, undo, drafts, notes, forwards."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, Mailbox, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PASTE = """(field, files) => {
  const data = new DataTransfer();
  for (const { name, type, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def mailbox(shop: LocalStack) -> Mailbox:
    return Mailbox(shop)


@pytest.fixture
def hold(shop: LocalStack) -> Iterator[Callable[[int], None]]:
    """For how many seconds an answer can be taken back; as it was before, afterwards."""
    agent = Agent(shop)

    def prefer(seconds: int) -> None:
        before = agent.get("/preferences")
        agent.http.put("/preferences", json={**before, "undo_seconds": seconds}).raise_for_status()

    yield prefer
    prefer(5)


def _asked(shop: LocalStack, name: str, subject: str | None = None) -> tuple[str, dict[str, Any]]:
    """A customer who has written, and the conversation."""
    sender = new_address(name)
    send(shop, mail(f"Sally Sender <{sender}>", subject or f"{name} {uuid4().hex[:8]}", "It is broken"))
    return sender, Agent(shop).conversation(sender)


def _open(sign_in: SignIn, conversation: dict[str, Any], email: str | None = None) -> Page:
    """The conversation on screen, its composer ready to format."""
    page = sign_in(email, path=f"/inbox/{conversation['id']}")
    expect(title(page, conversation["subject"])).to_be_visible()
    expect(composer(page)).to_have_attribute("contenteditable", "true")
    return page


def _ours(page: Page) -> Locator:
    return page.get_by_label("Messages").get_by_role("article", name="Demo", exact=True)


def _paste(field: Locator, name: str, media_type: str, content: bytes) -> None:
    field.evaluate(PASTE, [{"name": name, "type": media_type, "base64": base64.b64encode(content).decode()}])


def test_a_formatted_mail_arrives_formatted_with_its_text(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(0)
    sender, found = _asked(shop, "format")
    page = _open(sign_in, found)
    page.keyboard.press("r")
    page.keyboard.type("Dear Sally,")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+b")
    page.keyboard.type("please")
    page.keyboard.press("Control+b")
    page.keyboard.type(" send")
    page.keyboard.press("Enter")
    page.keyboard.type("- the lamp")
    page.keyboard.press("Enter")
    page.keyboard.type("the bill")
    page.keyboard.press("Control+Enter")

    expect(_ours(page)).to_contain_text("Sent")
    received = mailbox.received(sender)
    assert received["has_html"]
    said, quoted = received["text"].splitlines()[:4], received["text"].splitlines()[-1]
    assert said == ["Dear Sally,", "please send", "- the lamp", "- the bill"]
    assert quoted.startswith("> ")
    html = mailbox.html(received["id"])
    assert "<strong>please</strong>" in html
    assert "<li>the lamp</li>" in html
    assert composer(page).inner_text().strip() == ""


def test_a_template_is_found_by_a_slash_and_must_be_whole_to_be_sent(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(0)
    agent, mark = Agent(shop), f"t{uuid4().hex[:8]}"
    words = "Hello {{customer.first_name|there}}, this is #{{conversation.number}}. Order: {{order.number}}"
    template = {"name": f"Greeting {mark}", "shortcut": mark, "text": words}
    agent.http.post("/templates", json=template).raise_for_status()
    sender, found = _asked(shop, "template")
    page = _open(sign_in, found)
    page.keyboard.press("r")
    page.keyboard.type(f"Good day. /{mark}")
    expect(page.get_by_role("option", name=f"Greeting {mark}")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text("Hello Sally")
    page.keyboard.press("Enter")
    said = f"Good day. Hello Sally, this is #{found['number']}. Order: "
    expect(composer(page)).to_have_text(said + "{{order.number}}")

    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Fill in or remove: {{order.number}}")).to_be_visible()
    assert len(agent.messages(found["id"])) == 1
    for _ in "{{order.number}}":
        page.keyboard.press("Backspace")
    page.keyboard.type("none yet")
    page.keyboard.press("Control+Enter")
    expect(_ours(page)).to_contain_text("none yet")
    assert f"{said}none yet" in mailbox.received(sender)["text"]


def test_a_template_is_offered_in_the_customers_language_and_in_others(shop: LocalStack, sign_in: SignIn) -> None:
    agent, mark = Agent(shop), f"t{uuid4().hex[:8]}"
    polish = {"language": "pl", "text": "Dzień dobry {{customer.first_name}}, nr {{order.number}}"}
    template = {"name": f"Greeting {mark}", "shortcut": mark, "text": "Good day", "variants": [polish]}
    agent.http.post("/templates", json=template).raise_for_status()
    sender = new_address("paczka")
    send(shop, mail(f"Ala Nowak <{sender}>", f"Paczka {mark}", "Gdzie jest moja paczka? Czekam na odpowiedź."))
    page = _open(sign_in, agent.conversation(sender))
    page.keyboard.press("r")
    page.keyboard.type(f"/{mark}")
    preview = page.get_by_role("note")
    expect(preview).to_contain_text("Dzień dobry Ala")
    page.keyboard.press("ArrowRight")
    expect(preview).to_contain_text("Good day")
    preview.get_by_role("button", name="Polish").click()
    expect(preview).to_contain_text("Dzień dobry Ala")
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_text("Dzień dobry Ala, nr {{order.number}}")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Fill in or remove: {{order.number}}")).to_be_visible()


def test_a_template_keeps_its_formatting_when_its_words_are_changed(shop: LocalStack, sign_in: SignIn) -> None:
    agent, name = Agent(shop), f"Formatted {uuid4().hex[:8]}"
    html = "<p>Dear <strong>friend</strong>,</p><ul><li><p>one</p></li></ul>"
    template = {"name": name, "text": "Dear friend,\n- one", "html": html}
    agent.http.post("/templates", json=template).raise_for_status()
    page = sign_in(path="/settings/templates")
    page.get_by_role("button", name=f"Edit {name}").click()
    dialog = page.get_by_role("dialog")
    words = dialog.get_by_role("textbox", name="Text")
    expect(words).to_have_attribute("contenteditable", "true")
    words.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("s")
    dialog.get_by_role("button", name="Last order").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    [kept] = [t["template"] for t in agent.get("/templates", q=name)]
    assert kept["html"] == html.replace("one", "ones{{order.number}}")
    assert kept["text"] == "Dear friend,\n- ones{{order.number}}"


def test_pasted_pictures_go_into_the_text_and_other_files_beside_it(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(0)
    sender, found = _asked(shop, "paste")
    page = _open(sign_in, found)
    composer(page).click()
    page.keyboard.type("Like this: ")
    _paste(composer(page), "lamp.png", "image/png", PIXEL)
    _paste(composer(page), "label.pdf", "application/pdf", b"%PDF-1.4 label")
    expect(composer(page).locator("img[src^='blob:']")).to_have_count(1)
    expect(page.get_by_role("button", name="Remove label.pdf")).to_be_visible()
    expect(page.get_by_role("button", name="Remove lamp.png")).to_have_count(0)
    page.get_by_role("button", name="Send", exact=True).click()

    expect(_ours(page)).to_contain_text("label.pdf")
    received = mailbox.received(sender)
    raw = received["raw"]
    assert "multipart/related" in raw
    assert base64.b64encode(PIXEL).decode()[:40] in raw
    assert "label.pdf" in raw
    assert "cid:" in raw


def test_undo_brings_everything_back_and_nothing_leaves(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(30)
    agent, copied = Agent(shop), new_address("copied")
    sender, found = _asked(shop, "undo")
    page = _open(sign_in, found)
    composer(page).click()
    page.keyboard.type("Not ")
    page.keyboard.press("Control+i")
    page.keyboard.type("yet")
    _paste(composer(page), "early.pdf", "application/pdf", b"%PDF-1.4 early")
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


def test_a_draft_follows_its_agent_to_another_browser(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = _asked(shop, "draft")
    one = _open(sign_in, found)
    composer(one).click()
    one.keyboard.type("Begun at the desk")
    agent = Agent(shop)
    until(lambda: [d for d in agent.get("/drafts") if d["key"] == found["id"]], "the draft on the server")

    other = _open(sign_in, found)
    expect(composer(other)).to_have_text("Begun at the desk")
    expect(row(other, found["subject"]).get_by_label("You have begun to write")).to_be_visible()
    one.keyboard.press("Escape")
    composer(other).click()
    other.keyboard.press("Control+End")
    other.keyboard.type(", finished at home")
    expect(composer(one)).to_have_text("Begun at the desk, finished at home")


def test_an_answer_is_sent_from_every_field_and_taken_back_by_the_next_key(
    shop: LocalStack, sign_in: SignIn, hold: Callable[[int], None]
) -> None:
    hold(30)
    colleague = new_address("colleague")
    _, found = _asked(shop, "keys")
    page = _open(sign_in, found)
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


def test_a_note_calls_a_colleague(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = _asked(shop, "mention")
    page = _open(sign_in, found)
    page.keyboard.press("n")
    page.keyboard.type("Do you know this, @Ola")
    expect(page.get_by_role("option", name="Ola Nowak")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("?")
    page.keyboard.press("Control+Enter")
    note = page.get_by_label("Messages").get_by_role("article").filter(has_text="Do you know this")
    expect(note).to_contain_text("Do you know this, @Ola Nowak ?")
    items = Agent(shop).get(f"/conversations/{found['id']}/timeline")["items"]
    [kept] = [item for item in items if item["kind"] == "note"]
    assert kept["mentions"] == [Agent(shop, OLA).me["id"]]


def test_a_mail_is_passed_on_with_words_or_as_it_is(shop: LocalStack, sign_in: SignIn, mailbox: Mailbox) -> None:
    supplier, repair = new_address("supplier"), new_address("repair")
    sender, found = _asked(shop, "forward")
    page = _open(sign_in, found)
    more = page.get_by_label("Messages").get_by_role("button", name="More about this message")
    more.click()
    page.get_by_role("menuitem", name="Forward…").click()
    page.get_by_role("textbox", name="To", exact=True).fill(f"{supplier};")
    page.get_by_role("textbox", name="Forward").fill("Can you help?")
    page.get_by_role("button", name="Forward", exact=True).click()
    received = mailbox.received(supplier)
    assert received["subject"] == f"Fwd: {found['subject']}"
    assert received["text"].startswith("Can you help?")
    assert "Forwarded message" in received["text"]
    assert sender in received["text"]
    assert "It is broken" in received["text"]

    more.first.click()
    page.get_by_role("menuitem", name="Redirect…").click()
    dialog = page.get_by_role("dialog", name="Redirect this mail")
    expect(dialog).to_contain_text("exactly as it came")
    dialog.get_by_role("textbox", name="To").fill(f"{repair},")
    dialog.get_by_role("button", name="Redirect").click()
    redirected = mailbox.received(repair)
    assert redirected["subject"] == found["subject"]
    assert sender in redirected["sender"]


def test_a_new_conversation_begins_and_its_answer_comes_back(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(0)
    address, subject = new_address("begun"), f"Recall {uuid4().hex[:8]}"
    page = sign_in()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("c")
    page.get_by_role("textbox", name="To", exact=True).fill(f"Ben Begun <{address}>,")
    page.get_by_role("textbox", name="Subject").fill(subject)
    page.get_by_role("textbox", name="Message").fill("Please stop using the kettle.")
    page.keyboard.press("Control+Enter")
    expect(title(page, subject)).to_be_visible()
    received = mailbox.received(address)
    assert received["subject"].startswith(subject)
    assert "Please stop using the kettle." in received["text"]
    mailbox.answer(received["id"], "Thank you, I have.")
    expect(page.get_by_label("Messages")).to_contain_text("Thank you, I have.")
    until(lambda: len(Agent(shop).conversations(address)) == 1, "it can be found")


def test_a_forward_is_taken_back_here_and_after_a_reload(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(10)
    supplier = new_address("supplier")
    _, found = _asked(shop, "forward")
    page = _open(sign_in, found)
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
    sender, found = _asked(shop, "hasty")
    page = _open(sign_in, found)
    told: list[tuple[Route, APIResponse]] = []
    # The answer is there, and live on screen, before its sender hears of it.
    page.route("**/api/conversations/*/reply", lambda route: told.append((route, route.fetch())))
    composer(page).fill("It left yesterdya.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(_ours(page)).to_contain_text("It left yesterdya.")
    page.get_by_role("button", name="Undo", exact=True).click()
    ((route, answer),) = told
    route.fulfill(response=answer)
    expect(composer(page)).to_have_text("It left yesterdya.")
    expect(page.get_by_role("region", name="Being sent")).to_be_hidden()
    assert mailbox.to(sender) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_that_is_told_covers_the_composer(
    shop: LocalStack, sign_in: SignIn, hold: Callable[[int], None], width: int
) -> None:
    hold(30)
    _, found = _asked(shop, "covered")
    page = sign_in(path=f"/inbox/{found['id']}", viewport={"width": width, "height": 900})
    if width == 1440:
        page.get_by_role(
            "button", name="Customer", exact=True
        ).click()  # folded away, the composer is at its widest
    composer(page).click()
    page.keyboard.type("Soon")
    page.get_by_role("button", name="Send", exact=True).click()
    bar = page.get_by_role("region", name="Being sent")
    expect(bar).to_be_visible()
    page.get_by_label("Messages", exact=True).focus()
    page.keyboard.press("e")
    toast = page.get_by_role("alert").filter(has_text="closed")
    expect(toast).to_be_visible()
    page.get_by_role("tab", name="Note").click()
    field = page.locator("footer").filter(has=page.get_by_role("tablist")).bounding_box()
    told = [bar.bounding_box(), toast.bounding_box()]
    for box in told:
        assert box and field and (box["x"] + box["width"] <= field["x"] or box["y"] + box["height"] <= field["y"])
    first, second = sorted((box for box in told if box), key=lambda box: box["y"])
    assert first["y"] + first["height"] <= second["y"], "nor do they cover each other"
