"""Everything with which an agent writes: formatted mails, templates, files, drafts, notes, forwards."""

from __future__ import annotations

import base64
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.e2e.writing import asked, opened, ours, paste
from tests.people import Agent, Mailbox, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_formatted_mail_arrives_formatted_with_its_text(
    shop: LocalStack, sign_in: SignIn, mailbox: Mailbox, hold: Callable[[int], None]
) -> None:
    hold(0)
    sender, found = asked(shop, "format")
    page = opened(sign_in, found)
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

    expect(ours(page)).to_contain_text("Sent")
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
    sender, found = asked(shop, "template")
    page = opened(sign_in, found)
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
    expect(ours(page)).to_contain_text("none yet")
    assert f"{said}none yet" in mailbox.received(sender)["text"]


def test_a_template_is_offered_in_the_customers_language_and_in_others(shop: LocalStack, sign_in: SignIn) -> None:
    agent, mark = Agent(shop), f"t{uuid4().hex[:8]}"
    polish = {"language": "pl", "text": "Dzień dobry {{customer.first_name}}, nr {{order.number}}"}
    template = {"name": f"Greeting {mark}", "shortcut": mark, "text": "Good day", "variants": [polish]}
    agent.http.post("/templates", json=template).raise_for_status()
    sender = new_address("paczka")
    send(shop, mail(f"Ala Nowak <{sender}>", f"Paczka {mark}", "Gdzie jest moja paczka? Czekam na odpowiedź."))
    page = opened(sign_in, agent.conversation(sender))
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
    sender, found = asked(shop, "paste")
    page = opened(sign_in, found)
    composer(page).click()
    page.keyboard.type("Like this: ")
    paste(composer(page), "lamp.png", "image/png", PIXEL)
    paste(composer(page), "label.pdf", "application/pdf", b"%PDF-1.4 label")
    expect(composer(page).locator("img[src^='blob:']")).to_have_count(1)
    expect(page.get_by_role("button", name="Remove label.pdf")).to_be_visible()
    expect(page.get_by_role("button", name="Remove lamp.png")).to_have_count(0)
    page.get_by_role("button", name="Send", exact=True).click()

    expect(ours(page)).to_contain_text("label.pdf")
    received = mailbox.received(sender)
    raw = received["raw"]
    assert "multipart/related" in raw
    assert base64.b64encode(PIXEL).decode()[:40] in raw
    assert "label.pdf" in raw
    assert "cid:" in raw


def test_a_draft_follows_its_agent_to_another_browser(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = asked(shop, "draft")
    one = opened(sign_in, found)
    composer(one).click()
    one.keyboard.type("Begun at the desk")
    agent = Agent(shop)
    until(lambda: [d for d in agent.get("/drafts") if d["key"] == found["id"]], "the draft on the server")

    other = opened(sign_in, found)
    expect(composer(other)).to_have_text("Begun at the desk")
    expect(row(other, found["subject"]).get_by_label("You have begun to write")).to_be_visible()
    one.keyboard.press("Escape")
    composer(other).click()
    other.keyboard.press("Control+End")
    other.keyboard.type(", finished at home")
    expect(composer(one)).to_have_text("Begun at the desk, finished at home")


def test_a_note_calls_a_colleague(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = asked(shop, "mention")
    page = opened(sign_in, found)
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
    sender, found = asked(shop, "forward")
    page = opened(sign_in, found)
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
    assert Agent(shop).conversation(address, 2)["subject"] == subject


def test_a_pressed_buttons_tooltip_is_gone_until_the_pointer_comes_anew(shop: LocalStack, sign_in: SignIn) -> None:
    _, found = asked(shop, "tooltip")
    page = opened(sign_in, found)
    composer(page).click()
    page.clock.install()
    tools = page.get_by_role("button", name="Formatting", exact=True)
    tools.hover()
    tooltip = page.get_by_role("tooltip", name="Formatting")
    expect(tooltip).to_be_visible()
    tools.click()
    expect(tooltip).to_be_hidden()
    box = tools.bounding_box()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + 3)  # a hand that lets go of the mouse
    page.keyboard.type("Dear Sally,")
    page.clock.run_for(2000)  # longer than a tooltip takes to come
    expect(composer(page)).to_have_text("Dear Sally,")
    expect(tooltip).to_be_hidden()
    page.mouse.move(0, 0)
    tools.hover()
    expect(tooltip).to_be_visible()


def test_a_customer_is_written_to_by_a_few_letters_and_enter(shop: LocalStack, sign_in: SignIn) -> None:
    name = f"wan{uuid4().hex[:6]}"
    known, _ = asked(shop, name)
    page = sign_in(path="/inbox/new")
    field = page.get_by_role("textbox", name="To", exact=True)
    suggestion = page.get_by_role("option", name=known)
    chip = page.get_by_role("button", name=f"Remove {known}", exact=True)

    for key in ("Enter", "Tab"):
        field.press_sequentially(name)
        expect(suggestion).to_have_attribute("data-combobox-selected", "true")
        field.press(key)
        expect(chip).to_be_visible()
        expect(field).to_have_value("")
        expect(field).to_be_focused()
        field.press("Backspace")
        expect(chip).to_have_count(0)

    field.press_sequentially(f"{known}.pl")
    field.press("Enter")
    expect(page.get_by_role("button", name=f"Remove {known}.pl")).to_be_visible()
    field.press_sequentially(known)
    expect(suggestion).to_have_attribute("data-combobox-selected", "true")
    field.press_sequentially(".de")
    field.press("Enter")
    expect(page.get_by_role("button", name=f"Remove {known}.de")).to_be_visible()
    expect(chip).to_have_count(0)

    field.press_sequentially(name)
    expect(suggestion).to_have_attribute("data-combobox-selected", "true")
    field.press("Control+Enter")
    expect(page.get_by_text(f"This is no address: {name}")).to_be_visible()
    expect(chip).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_that_is_told_covers_the_composer(
    shop: LocalStack, sign_in: SignIn, hold: Callable[[int], None], width: int
) -> None:
    hold(30)
    _, found = asked(shop, "covered")
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
