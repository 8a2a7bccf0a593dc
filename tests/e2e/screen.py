"""Finding things on the agents' screen, by what a person sees or hears."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page


def row(page: Page, text: str) -> Locator:
    """The row of a conversation in the list."""
    return page.locator("li").get_by_role("link", name=re.compile(re.escape(text)))


def title(page: Page, text: str) -> Locator:
    """The heading of the open conversation."""
    return page.get_by_role("heading", level=1, name=text)


def composer(page: Page) -> Locator:
    """Where an answer is written."""
    return page.get_by_role("textbox", name="Reply")
