"""Many tabs of one browser, to which a server over HTTP/1.1 is allowed six connections: they share one stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Request, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import row, title
from tests.people import Agent, mail, new_address, send

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA = "ola@nitka.example"
TABS = 8


class Tabs:
    """Eight tabs at the inbox, and which of them opened a stream."""

    def __init__(self, first: Page) -> None:
        self.streams: list[Request] = []
        first.goto("about:blank")  # the page that signed in may open its stream at any moment
        first.context.on("request", self._note)
        first.goto("/inbox")
        expect(first.get_by_role("navigation").first).to_be_visible()
        self.pages = [first]
        while len(self.pages) < TABS:
            page = first.context.new_page()
            page.goto("/inbox")
            expect(page.get_by_role("navigation").first).to_be_visible()
            self.pages.append(page)

    def _note(self, request: Request) -> None:
        if "/api/live" in request.url:
            self.streams.append(request)

    def leading(self) -> Page:
        return self.streams[-1].frame.page

    def close(self, page: Page) -> None:
        self.pages.remove(page)
        page.close()


@pytest.fixture
def tabs(sign_in: SignIn) -> Iterator[Tabs]:
    yield Tabs(sign_in())


def mail_from(shop: LocalStack, name: str) -> dict[str, Any]:
    sender = new_address(name)
    send(shop, mail(sender, f"{name} {uuid4().hex[:8]}"))
    return Agent(shop).conversation(sender)


def test_all_hear_everything_also_when_the_leading_one_is_closed(shop: LocalStack, tabs: Tabs) -> None:
    before = mail_from(shop, "before")
    for page in tabs.pages:
        expect(row(page, before["subject"])).to_be_visible()
    assert len(tabs.streams) == 1

    tabs.close(tabs.leading())
    after = mail_from(shop, "after")
    for page in tabs.pages:
        expect(row(page, after["subject"])).to_have_count(1)
    assert len(tabs.streams) == 2 and "after=" in tabs.streams[1].url
    assert tabs.leading() in tabs.pages


def test_what_is_read_in_one_is_read_in_all_and_each_is_seen_where_it_is(
    shop: LocalStack, sign_in: SignIn, tabs: Tabs
) -> None:
    conversation = mail_from(shop, "shared")
    others = [page for page in tabs.pages if page != tabs.leading()]
    for page in tabs.pages:
        expect(row(page, conversation["subject"]).get_by_role("img", name="Unread")).to_be_visible()
    row(others[0], conversation["subject"]).click()
    expect(title(others[0], conversation["subject"])).to_be_visible()
    for page in tabs.pages:
        expect(row(page, conversation["subject"]).get_by_role("img", name="Unread")).to_be_hidden()

    ola = sign_in(OLA, path=f"/inbox/{conversation['id']}")
    viewing = ola.get_by_role("status").get_by_text("Demo is viewing", exact=True)
    expect(viewing).to_be_visible()
    expect(others[0].get_by_role("status").get_by_text("Ola Nowak is viewing", exact=True)).to_be_visible()
    tabs.close(tabs.leading())  # the one that is here takes over, or another
    expect(viewing).to_be_visible()
    tabs.close(others[0])
    expect(viewing).to_be_hidden()
