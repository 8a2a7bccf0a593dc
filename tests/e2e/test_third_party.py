"""A carrier answers what was passed on to them: one sees whom an answer is for, and the customer waits on."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_an_answer_is_the_customers_until_the_third_party_is_chosen(shop: LocalStack, sign_in: SignIn) -> None:
    agent, ida, tom = Agent(shop), new_address("ida"), new_address("tom")
    question = mail(f"Ida Stern <{ida}>", f"Lost {uuid4().hex[:8]}")
    send(shop, question)
    found = agent.conversation(ida)
    [first] = agent.messages(found["id"])
    carrier = {"kind": "email", "value": tom, "name": "Tom Parcel"}
    agent.do(found["id"], "forward", message_id=first["id"], to=[carrier], text="Where is it?")
    page = sign_in(path=f"/inbox/{found['id']}")
    expect(title(page, question["Subject"])).to_be_visible()
    expect(page.locator("[data-placeholder^='Write to Ida Stern']")).to_be_visible()

    answer = mail(f"Tom Parcel <{tom}>", f"Re: {question['Subject']}", "It is in Hamburg")
    answer["In-Reply-To"] = question["Message-ID"]
    send(shop, answer)
    aside = page.get_by_role("button", name="Answer Tom Parcel")
    expect(aside).to_be_visible()
    expect(page.locator("[data-placeholder^='Write to Ida Stern']")).to_be_visible()
    aside.click()
    expect(page.locator("[data-placeholder^='Write to Tom Parcel']")).to_be_visible()
    page.get_by_role("textbox", name="Reply").fill("Yes Tom, please.")
    page.get_by_role("button", name="Send", exact=True).click()

    def answered() -> bool:
        last = agent.messages(found["id"])[-1]
        return last["direction"] == "outbound" and last["delivery"] in ("sent", "delivered")

    until(answered, "the answer to Tom")
    assert [p["value"] for p in agent.messages(found["id"])[-1]["to"]] == [tom]
    assert agent.get(f"/conversations/{found['id']}")["waiting_since"] is not None, "Ida still waits"
    expect(page.locator("[data-placeholder^='Write to Ida Stern']")).to_be_visible()
