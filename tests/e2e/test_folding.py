"""What a mail says newly is on the screen; what it quotes, and what is very long, a key press away."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.people import INBOX, Agent, mail, new_address, send

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

QUOTED = "W dniu 12.01.2026 o 14:22, Ann pisze:\n> Dear Ewa,\n> your parcel left us today."
HTML = """<div dir="ltr">The cup is <b>broken</b>.</div><div class="gmail_quote"><div class="gmail_attr">On Mon,
12 Jan 2026, Ann wrote:<br></div><blockquote>your parcel left us today</blockquote></div>"""


def test_quotes_are_folded(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender = Agent(shop), new_address("ewa")
    plain = mail(f"Ewa Nowak <{sender}>", f"Parcel {uuid4().hex[:8]}", f"It has come!\n\n{QUOTED}\n")
    rich = mail(f"Ewa Nowak <{sender}>", plain["Subject"], "The cup is broken.")
    rich.add_alternative(HTML, subtype="html")
    rich["In-Reply-To"] = plain["Message-ID"]
    send(shop, plain)
    found = agent.conversation(sender)
    assert found["preview"] == "It has come!"
    [message] = [i for i in agent.get(f"/conversations/{found['id']}/timeline")["items"] if i["kind"] == "message"]
    assert (message["text"], message["quoted"]) == ("It has come!", QUOTED)
    send(shop, rich)

    page = sign_in(path=f"/inbox/{found['id']}")
    messages = page.get_by_role("article", name="Ewa Nowak")
    expect(messages).to_have_count(2)
    first, second = messages.first, messages.last
    button = first.get_by_role("button", name="Show the quoted text")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(first.get_by_text("your parcel left us today")).to_have_count(0)
    button.press("Enter")
    expect(first.get_by_text("your parcel left us today")).to_be_visible()
    hide = first.get_by_role("button", name="Hide the quoted text")
    expect(hide).to_have_attribute("aria-expanded", "true")
    hide.press("Enter")
    expect(first.get_by_text("your parcel left us today")).to_have_count(0)

    quote = second.frame_locator("iframe").get_by_text("your parcel left us today")
    expect(second.frame_locator("iframe").get_by_text("The cup is broken.")).to_be_visible()
    expect(quote).to_be_hidden()
    second.get_by_role("button", name="Show the quoted text").press("Enter")
    expect(quote).to_be_visible()


def test_a_very_long_message_is_cut_until_asked_for(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender = Agent(shop), new_address("cem")
    story = "\n\n".join(f"Part {number}." for number in range(1, 120))
    send(shop, mail(sender, f"Story {uuid4().hex[:8]}", story))
    page = sign_in(path=f"/inbox/{agent.conversation(sender)['id']}")
    message = page.get_by_role("article", name=sender)
    everything = message.get_by_role("button", name="Show all of it")
    expect(everything).to_have_attribute("aria-expanded", "false")
    before = message.bounding_box()
    everything.press("Enter")
    expect(message.get_by_role("button", name="Show less")).to_be_visible()
    after = message.bounding_box()
    assert before and after and after["height"] > before["height"] * 2


def test_many_recipients_are_counted_and_shown_when_asked_for(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender = Agent(shop), new_address("chief")
    letter = mail(sender, f"To all {uuid4().hex[:8]}")
    del letter["To"]
    letter["To"] = ", ".join([INBOX, *(f"Guest {n} <guest{n}@customer.example>" for n in range(20))])
    letter["Cc"] = ", ".join(f"Copy {n} <copy{n}@customer.example>" for n in range(11))
    send(shop, letter)
    page = sign_in(path=f"/inbox/{agent.conversation(sender)['id']}", viewport={"width": 390, "height": 480})
    message = page.get_by_role("article", name=sender)
    expect(message.get_by_text("Cc Copy 0, Copy 1")).to_be_visible()
    more = message.get_by_role("button", name="Show all 32 recipients")
    expect(more).to_have_text("+28")
    more.press("Enter")
    expect(message.get_by_text("Copy 10 <copy10@customer.example>")).to_be_visible()
    message.get_by_role("button", name="Show less").click()
    expect(message.get_by_text("Copy 10")).to_have_count(0)

    page.get_by_role("button", name="Reply all").click()
    expect(page.get_by_role("textbox", name="Reply")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
