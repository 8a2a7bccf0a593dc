"""Named lists: those that everybody has, and those that agents save and share."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import row
from tests.e2e.test_list import OLA, conversations, heading
from tests.people import Agent, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def choose_view(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("heading", level=1).get_by_role("button").click()
    page.get_by_role("menuitem", name=name).click()


def test_a_saved_view_is_there_for_the_team_until_it_is_deleted(shop: LocalStack, sign_in: SignIn) -> None:
    label = f"view-{uuid4().hex[:6]}"
    found = conversations(shop, Agent(shop), label, 1)[0]
    demo, ola = sign_in(path=f"/inbox?label={label}"), sign_in(OLA)
    expect(row(demo, found["subject"])).to_be_visible()
    choose_view(demo, "Save this view…")
    demo.get_by_role("textbox", name="Name").fill(f"All {label}")
    demo.get_by_role("switch", name="Share with the team").check(force=True)
    demo.get_by_role("button", name="Save", exact=True).click()
    expect(heading(demo, f"All {label}")).to_be_visible()

    ola.reload()
    choose_view(ola, f"All {label}")
    expect(heading(ola, f"All {label}")).to_be_visible()
    expect(row(ola, found["subject"])).to_be_visible()
    expect(ola).to_have_url(re.compile(rf"\?label={label}$"))

    choose_view(demo, "Manage views…")
    name = demo.get_by_role("textbox", name=f"Name of the view All {label}")
    name.fill(f"Renamed {label}")
    name.press("Enter")
    demo.get_by_role("button", name=f"Delete the view Renamed {label}").click()
    expect(demo.get_by_role("button", name=f"Delete the view Renamed {label}")).to_be_hidden()
    demo.keyboard.press("Escape")
    expect(heading(demo, re.compile("^Open"))).to_be_visible()
    assert [view for view in Agent(shop, OLA).get("/views") if label in view["name"]] == []


def test_a_supervisor_keeps_the_shared_views_in_order(shop: LocalStack, sign_in: SignIn) -> None:
    """Demo may rename and delete what Ola shares; Ola has no such thing to manage."""
    label, ola = f"hers-{uuid4().hex[:6]}", Agent(shop, OLA)
    ola.http.post("/views", json={"name": label, "search": f"label={label}", "shared": True}).raise_for_status()
    page = sign_in()
    choose_view(page, "Manage views…")
    name = page.get_by_role("textbox", name=f"Name of the view {label}")
    expect(page.get_by_role("listitem").filter(has=name)).to_contain_text("Shared by Ola Nowak")
    name.fill(f"Better {label}")
    name.press("Enter")
    until(lambda: f"Better {label}" in [view["name"] for view in ola.get("/views")], "the name on her side")
    page.get_by_role("button", name=f"Delete the view Better {label}").click()
    until(lambda: not [view for view in ola.get("/views") if label in view["name"]], "it is gone for her")


def test_what_mentioned_me_is_found_again_when_it_is_closed(shop: LocalStack, sign_in: SignIn) -> None:
    label, ola = f"calls-{uuid4().hex[:6]}", Agent(shop, OLA)
    called, other = conversations(shop, ola, label, 2)
    demo = Agent(shop)
    ola.do(called["id"], "notes", text="What do you think?", mentions=[demo.me["id"]])
    demo.do(called["id"], "unfollow", agent_id=demo.me["id"])
    demo.do(called["id"], "close")
    page = sign_in()
    expect(row(page, other["subject"])).to_be_visible()
    choose_view(page, "Mentions of me")
    expect(heading(page, "Mentions of me")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?(?=.*assignee=mentioned)(?=.*status=any)"))
    expect(row(page, called["subject"])).to_be_visible()
    expect(row(page, other["subject"])).to_be_hidden()
