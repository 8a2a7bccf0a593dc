"""What is written from right to left is shown and written so."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
ARABIC = "لم يصل طلبي بعد وقد مضى أسبوعان على الموعد الذي ذكرتموه"


def _from_right(locator: Locator) -> bool:
    """Whether its first line begins at the right; of a field only its direction is known."""
    return bool(
        locator.evaluate(
            """(element) => {
                const range = document.createRange();
                range.selectNodeContents(element);
                const line = range.getClientRects()[0], box = element.getBoundingClientRect();
                const { direction } = getComputedStyle(element);
                return direction === 'rtl' || line && box.right - line.right < line.left - box.left;
            }"""
        )
    )


def _bidi(locator: Locator) -> str:
    return str(locator.evaluate("element => getComputedStyle(element).unicodeBidi"))


def test_arabic_begins_at_the_right(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender = Agent(shop), new_address("layla")
    subject = f"أين طلبي {uuid4().hex[:8]}"
    plain = mail(f"ليلى حداد <{sender}>", subject, f"{ARABIC}\n\nOrder 1234")
    send(shop, plain)
    found = agent.conversation(sender)
    rich = mail(f"ليلى حداد <{sender}>", f"Re: {subject}", "x")
    rich.add_alternative(f"<p>{ARABIC}</p><p dir='ltr'>Order 1234</p>", subtype="html")
    rich["In-Reply-To"] = plain["Message-ID"]
    send(shop, rich)
    agent.conversation(sender, messages=2)
    agent.do(found["id"], "notes", text=ARABIC)
    page = sign_in(path=f"/inbox/{found['id']}")

    messages = page.get_by_label("Messages", exact=True)
    for shown in (
        title(page, subject),
        row(page, subject).locator(".n-clip", has_text=subject),
        messages.get_by_role("article", name="ليلى حداد").first.get_by_text(ARABIC),
        messages.get_by_role("article", name="Note by Demo").get_by_text(ARABIC),
    ):
        expect(shown).to_be_visible()
        assert _from_right(shown), shown
    text = messages.get_by_role("article", name="ليلى حداد").first.get_by_text(ARABIC)
    assert _bidi(text) == "plaintext"  # each line for itself: the second one is English
    frame = messages.frame_locator("iframe")
    assert _from_right(frame.get_by_text(ARABIC))
    assert not _from_right(frame.get_by_text("Order 1234"))

    composer(page).fill(ARABIC)
    paragraph = composer(page).locator("p")
    assert _bidi(paragraph) == "plaintext"
    page.get_by_role("tab", name="Note").click()
    note = page.get_by_role("textbox", name="Note")
    note.fill(ARABIC)
    assert _from_right(note)
