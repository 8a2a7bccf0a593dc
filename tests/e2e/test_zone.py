"""The shop's days and clock are the same for everybody, wherever their browser is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.e2e.test_settings import AGENT, SUPERVISOR, choose
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SHOP, READER = "America/Sao_Paulo", "Pacific/Auckland"  # never the same day for more than half of it
TITLE, OWN = "Time zone of the shop", "Each reader’s own"


@pytest.fixture
def supervisor(shop: LocalStack) -> Iterator[Agent]:
    found = Agent(shop, SUPERVISOR)
    yield found
    found.http.put("/settings/shop", json={"time_zone": None}).raise_for_status()


def test_dates_are_the_shops_in_a_browser_elsewhere(shop: LocalStack, sign_in: SignIn, supervisor: Agent) -> None:
    boss = sign_in(SUPERVISOR, "/settings/inboxes", timezone_id=READER)
    field = boss.get_by_role("combobox", name=TITLE)
    field.click()
    boss.keyboard.type("sao_p")
    boss.get_by_role("option", name=SHOP).click()
    until(lambda: supervisor.get("/settings/shop")["settings"]["time_zone"] == SHOP, "the saved time zone")

    sender, at = new_address("far"), datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=20)
    send(shop, mail(sender, f"Far away {uuid4().hex[:8]}", at=at))
    agent = Agent(shop, AGENT)
    conversation = agent.conversation(sender)
    page = sign_in(AGENT, f"/inbox/{conversation['id']}", timezone_id=READER)
    there = at.astimezone(ZoneInfo(SHOP))
    heard = page.get_by_label("Messages").locator("article time").first
    expect(heard).to_have_text(re.compile(rf"^0?{there.hour}:{there:%M}$"))
    expect(heard).to_have_attribute("title", re.compile(rf"{there.day} {there:%B %Y}.*\({SHOP}\)$"))

    def wakes() -> datetime | None:
        found = agent.conversation(sender)["snoozed_until"]
        return datetime.fromisoformat(found) if found else None

    tomorrow = datetime.now(ZoneInfo(SHOP)).date() + timedelta(days=1)
    morning = datetime.combine(tomorrow, time(9), ZoneInfo(SHOP))
    page.get_by_role("button", name="Snooze", exact=True).click()
    expect(page.get_by_role("menu").get_by_text(SHOP)).to_be_visible()
    page.get_by_role("menuitem", name="Tomorrow").click()
    until(lambda: wakes() == morning, "the snooze until the shop's morning")
    agent.do(conversation["id"], "reopen")
    page.goto(f"/inbox/{conversation['id']}")
    page.get_by_role("button", name="Snooze", exact=True).click()
    page.get_by_role("menuitem", name="Choose a time").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(SHOP)).to_be_visible()
    dialog.get_by_label("Time").fill("10:30")
    dialog.get_by_role("button", name="Snooze").click()
    until(lambda: wakes() == morning.replace(hour=10, minute=30), "the snooze until a time of the shop")

    with page.expect_request(lambda asked: "/reports/cards" in asked.url) as asked:  # the first one
        page.goto("/reports")
    assert "Sao_Paulo" in asked.value.url
    assert f"until={tomorrow - timedelta(days=1)}" in asked.value.url
    expect(page.get_by_text(SHOP)).to_be_visible()

    page.goto("/settings/inboxes")
    expect(page.get_by_text(SHOP)).to_be_visible()
    expect(page.get_by_role("combobox", name=TITLE)).to_have_count(0)
    assert agent.http.put("/settings/shop", json={"time_zone": "UTC"}).status_code == 403
    choose(boss, field, OWN)
    page.reload()
    expect(page.get_by_text(OWN)).to_be_visible()
    page.goto("/reports")
    expect(page.get_by_text(READER)).to_be_visible()
