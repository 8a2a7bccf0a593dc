"""A whole day: two agents and a supervisor at once, each in a browser of their own, on the whole product.

Customers write by SMTP and read in their mailbox; a connection breaks for a while; two people do conflicting
things; at the end every mail is in one conversation, nothing is doubled, and the reports know of the day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import composer, row, title
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]
OLA, JOAO = "ola@nitka.example", "joao@nitka.example"
AWAY = "Reconnecting… (nothing is lost)"


class Customer:
    """Somebody who writes a mail, reads the answers and may write again."""

    def __init__(self, shop: LocalStack, name: str, mark: str, text: str, minutes_ago: int) -> None:
        self._shop, self.name = shop, name
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        self.address, self.subject = new_address(name.lower()), f"{name} asks {mark}"
        self.first = mail(f"{name} <{self.address}>", self.subject, text, at=at)

    def again(self, text: str) -> EmailMessage:
        more = mail(f"{self.name} <{self.address}>", f"Re: {self.subject}", text)
        more["In-Reply-To"] = self.first["Message-ID"]
        return more

    def received(self) -> list[str]:
        """The texts in this customer's mailbox."""
        url = f"{self._shop.url('mailbox')}/api/mails"
        heads = httpx.get(url, params={"to": self.address, "sent": False}, timeout=30).json()
        return [httpx.get(f"{url}/{head['id']}", timeout=30).json()["text"] for head in heads]


class Day:
    """Who works, who writes, and what has happened."""

    def __init__(self, shop: LocalStack, sign_in: SignIn) -> None:
        self.shop, self.desk, self.mark = shop, Agent(shop), uuid4().hex[:8]
        self.desk.empty_queue()
        self.anna = self.customer("Anna", "Where is my parcel?", 9)
        self.bruno = self.customer("Bruno", "My kettle leaks.", 8)
        self.celia = self.customer("Celia", "I want to send it back.", 7)
        self.deniz = self.customer("Deniz", "Do you ship to Izmir?", 6)
        self.emil = self.customer("Emil", "Are you there?", 0)
        self.boss, self.ola, self.joao = sign_in(), sign_in(OLA), sign_in(JOAO)

    @property
    def browsers(self) -> tuple[Page, ...]:
        return self.boss, self.ola, self.joao

    def customer(self, name: str, text: str, minutes_ago: int) -> Customer:
        return Customer(self.shop, name, self.mark, text, minutes_ago)

    def id_of(self, customer: Customer) -> str:
        return str(self.desk.conversation(customer.address)["id"])

    def morning(self) -> None:
        """Mails come in, show in every browser once, and are served to one agent each."""
        customers = (self.anna, self.bruno, self.celia, self.deniz)
        for customer in customers:
            send(self.shop, customer.first)
            self.desk.conversation(customer.address)
        for page in self.browsers:
            for customer in customers:
                expect(row(page, customer.subject)).to_have_count(1)
        until(lambda: self.desk.get("/queue")["waiting"] >= len(customers), "the queue")
        self.joao.keyboard.press("Space")
        expect(title(self.joao, self.anna.subject)).to_be_visible()
        self.ola.keyboard.press("Space")
        expect(title(self.ola, self.bruno.subject)).to_be_visible()

    def an_answer_is_taken_back(self) -> None:
        """João finds a mistake in what he has just sent; only the right one reaches the customer."""
        page = self.joao
        write(page, "It left yesterdya.")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(composer(page)).to_contain_text("It left yesterdya.")
        composer(page).click()
        page.keyboard.press("Control+a")
        page.keyboard.type("It left yesterday.")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("button", name="Send now").first.click()
        (got,) = until(self.anna.received, "the answer in Anna's mailbox")
        assert "It left yesterday." in got

    def the_supervisor_hands_over(self) -> None:
        """Celia's conversation is Ola's, and Ola sees it at once."""
        open_from_list(self.boss, self.celia)
        self.boss.keyboard.press("a")
        self.boss.get_by_placeholder("Assign to…").fill("Ola")
        self.boss.keyboard.press("Enter")
        expect(thread(self.boss).get_by_text("assigned it to Ola Nowak")).to_be_visible()
        expect(row(self.ola, self.celia.subject).get_by_title("Assigned to Ola Nowak")).to_be_visible()

    def a_connection_breaks(self) -> None:
        """Ola writes on while her line is dead; when it is back, all that happened is there, once."""
        page = self.ola
        page.context.set_offline(True)
        expect(page.get_by_text(AWAY)).to_be_visible()
        write(page, "I am writing without a line.")
        send(self.shop, self.emil.first, self.bruno.again("It still leaks."), self.bruno.again("Hello?"))
        self.desk.conversation(self.bruno.address, messages=3)
        self.desk.do(self.id_of(self.deniz), "close")
        expect(row(self.joao, self.emil.subject)).to_have_count(1)
        expect(row(self.joao, self.deniz.subject)).to_have_count(0)

        page.context.set_offline(False)
        expect(page.get_by_text(AWAY)).to_be_hidden()
        expect(row(page, self.emil.subject)).to_have_count(1)
        expect(row(page, self.deniz.subject)).to_have_count(0)
        expect(title(page, self.bruno.subject)).to_be_visible()
        expect(thread(page).get_by_role("article")).to_have_count(3)
        expect(composer(page)).to_contain_text("I am writing without a line.")

    def two_want_the_same(self) -> None:
        """The supervisor closes what João is answering: he sees who did it, and his words are kept."""
        emil = self.id_of(self.emil)
        for page in (self.boss, self.joao):
            open_from_list(page, self.emil)
        write(self.joao, "A careful answer")
        self.boss.keyboard.press("e")
        expect(thread(self.joao).get_by_text("Demo closed the conversation")).to_be_visible()
        joao = Agent(self.shop, JOAO)
        kept = until(lambda: [d for d in joao.get("/drafts") if d["key"] == emil], "the draft")
        assert "A careful answer" in kept[0]["body"]["text"]
        self.joao.reload()
        self.joao.get_by_role("button", name="Reopen").first.click()
        expect(composer(self.joao)).to_contain_text("A careful answer")

    def a_closed_one_comes_back(self) -> None:
        """A customer writes into a closed conversation: it is open again on every screen."""
        send(self.shop, self.deniz.again("And to Ankara?"))
        for page in self.browsers:
            expect(row(page, self.deniz.subject)).to_have_count(1)

    def an_answer_is_rated(self) -> None:
        """Ola sends what she wrote, closes, and the customer is content."""
        self.ola.get_by_role("button", name="Send", exact=True).click()
        until(self.bruno.received, "the answer in Bruno's mailbox")
        bruno = self.id_of(self.bruno)
        Agent(self.shop, OLA).do(bruno, "close")
        link = until(lambda: re.search(r"http\S+/rate/\S+", "\n".join(self.bruno.received())), "the rating link")
        httpx.post(link[0], data={"score": "5", "comment": "Quick!"}, timeout=30).raise_for_status()
        until(lambda: self.desk.get(f"/conversations/{bruno}")["rating"] == 5, "the rating")

    def the_books_are_right(self) -> None:
        """Every mail is in exactly one conversation, once, in order."""
        expected = ((self.anna, 2), (self.bruno, 4), (self.celia, 1), (self.deniz, 2), (self.emil, 1))
        for customer, count in expected:
            (found,) = self.desk.conversations(customer.address)
            people = [m for m in self.desk.messages(found["id"]) if not m["automatic"]]
            assert len(people) == count, customer.name
            assert [m["at"] for m in people] == sorted(m["at"] for m in people)


def open_from_list(page: Page, customer: Customer) -> None:
    """Click on a row, and take the pointer off the list: rows do not move under it."""
    row(page, customer.subject).click()
    page.mouse.move(900, 4)
    expect(title(page, customer.subject)).to_be_visible()


def write(page: Page, text: str) -> None:
    composer(page).click()
    page.keyboard.type(text)


def thread(page: Page) -> Locator:
    return page.get_by_label("Messages")


def test_a_whole_day(shop: LocalStack, sign_in: SignIn) -> None:
    day = Day(shop, sign_in)
    before: dict[str, Any] = day.desk.get("/reports/cards")
    day.morning()
    day.an_answer_is_taken_back()
    day.the_supervisor_hands_over()
    day.a_connection_breaks()
    day.two_want_the_same()
    day.a_closed_one_comes_back()
    day.an_answer_is_rated()
    day.the_books_are_right()

    def in_the_reports() -> bool:
        after = day.desk.get("/reports/cards")
        added = {name: after[name] - before[name] for name in ("new_threads", "ratings")}
        return added == {"new_threads": 5, "ratings": 1}

    until(in_the_reports, "the day in the reports")
