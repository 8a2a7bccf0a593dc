"""Behind a lost connection nothing is missing, nothing doubled, and all is in order."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_what_came_meanwhile_is_there_once_and_in_order(shop: LocalStack, sign_in: SignIn) -> None:
    agent, mark = Agent(shop), uuid4().hex[:8]
    sender = new_address("patient")
    first = mail(sender, f"Before {mark}", "Part 0")
    send(shop, first)
    conversation = agent.conversation(sender)
    page = sign_in(path="/settings")
    page.clock.install()  # the page's own clock, to be put forward
    page.goto(f"/inbox/{conversation['id']}")
    expect(title(page, f"Before {mark}")).to_be_visible()
    send(shop, mail(new_address("new"), f"Live {mark}"))
    expect(row(page, f"Live {mark}")).to_be_visible()

    page.context.set_offline(True)
    expect(page.get_by_text("Reconnecting… (nothing is lost)")).to_be_visible()
    composer(page).fill("Written while away")
    for part in range(1, 4):
        more = mail(sender, f"Re: Before {mark}", f"Part {part}")
        more["In-Reply-To"] = first["Message-ID"]
        send(shop, more, mail(new_address("new"), f"Meanwhile {mark} {part}"))
        agent.conversation(sender, messages=part + 1)
        page.clock.fast_forward(20_000)  # a minute in all: longer than the page waits for a sign of life
    expect(page.get_by_text("Reconnecting… (nothing is lost)")).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_text("Reconnecting… (nothing is lost)")).to_be_hidden()
    for part in (1, 2, 3):
        expect(row(page, f"Meanwhile {mark} {part}")).to_have_count(1)
    articles = page.get_by_label("Messages").get_by_role("article")
    expect(articles).to_have_count(4)
    for part, article in enumerate(articles.all()):
        expect(article).to_contain_text(f"Part {part}")
    expect(composer(page)).to_have_text("Written while away")
    # The stream lives again: what comes now comes by itself, too.
    send(shop, mail(new_address("new"), f"Afterwards {mark}"))
    expect(row(page, f"Afterwards {mark}")).to_be_visible()
