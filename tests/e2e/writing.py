"""An agent at a conversation, ready to write."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, title
from tests.people import Agent, mail, new_address, send

from nitka.local.testing import LocalStack

PASTE = """(field, files) => {
  const data = new DataTransfer();
  for (const { name, type, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def asked(shop: LocalStack, name: str, subject: str | None = None) -> tuple[str, dict[str, Any]]:
    """A customer who has written, and the conversation."""
    sender = new_address(name)
    send(shop, mail(f"Sally Sender <{sender}>", subject or f"{name} {uuid4().hex[:8]}", "It is broken"))
    return sender, Agent(shop).conversation(sender)


def opened(sign_in: SignIn, conversation: dict[str, Any], email: str | None = None) -> Page:
    """The conversation on screen, its composer ready to format."""
    page = sign_in(email, path=f"/inbox/{conversation['id']}")
    expect(title(page, conversation["subject"])).to_be_visible()
    expect(composer(page)).to_have_attribute("contenteditable", "true")
    return page


def ours(page: Page) -> Locator:
    return page.get_by_label("Messages").get_by_role("article", name="Demo", exact=True)


def paste(field: Locator, name: str, media_type: str, content: bytes) -> None:
    field.evaluate(PASTE, [{"name": name, "type": media_type, "base64": base64.b64encode(content).decode()}])
