"""A browser, and agents who are signed in with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.people import PATIENCE, Agent, Mailbox

from nitka.local.testing import LocalStack

SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """For one module: as long as it lives, nothing else may run an event loop in this thread."""
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium)
        yield launched
        launched.close()


@pytest.fixture
def open_context(browser: Browser, shop: LocalStack) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser profile of its own at the gateway; no page in it may fail with an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(**options: Any) -> BrowserContext:
        options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        context = browser.new_context(base_url=shop.url("gateway"), **options)
        context.set_default_timeout(PATIENCE * 1000)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def sign_in(open_context: Callable[..., BrowserContext], shop: LocalStack) -> SignIn:
    """`sign_in(email, path="/inbox", **context options)`: the page of an agent whose session is there already."""

    def signed_in(email: str | None = None, path: str = "/inbox", **options: Any) -> Page:
        context = open_context(**options)
        login = {"email": email or shop.env["NITKA_DEMO_EMAIL"], "password": shop.env["NITKA_DEMO_PASSWORD"]}
        answer = context.request.post("/api/session", data=login, headers={"x-nitka-request": "1"})
        assert answer.ok
        page = context.new_page()
        page.goto(path)
        expect(page.get_by_role("navigation").first).to_be_visible()
        return page

    return signed_in


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
