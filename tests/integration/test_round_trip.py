"""A mail in, an answer out, a rating, an order: the whole way round, on the real parts."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.people import INBOX, Agent, Mailbox, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = pytest.mark.stack

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def test_a_mail_is_there_whole_and_harmless(shop: LocalStack, agent: Agent) -> None:
    sender = new_address("whole")
    message = mail(f"Żaneta Ögren <{sender}>", "Zażółć gęślą jaźń", "Plain words")
    html = '<p>Plain <b>words</b>, proszę <img src="cid:pixel@here"></p><script>alert(1)</script><img src="https://spy.example/x.gif">'
    message.add_alternative(html, subtype="html")
    body = message.get_payload()[1]
    assert isinstance(body, EmailMessage)
    body.add_related(PIXEL, "image", "png", cid="<pixel@here>", filename="pixel.png")
    message.add_attachment(b"%PDF-1.4 bill", maintype="application", subtype="pdf", filename="rachunek ąę.pdf")
    send(shop, message)

    found = agent.conversation(sender)
    assert (found["subject"], found["status"], found["channel"], found["account"]) == (
        "Zażółć gęślą jaźń", "open", "email", INBOX,
    )  # fmt: skip
    assert found["contact"]["name"] == "Żaneta Ögren"
    assert found["assignee"] is None
    [shown] = agent.messages(found["id"])
    assert shown["text"].strip() == "Plain words"
    assert "proszę" in shown["html"]
    assert "script" not in shown["html"]
    assert "//spy.example" not in shown["html"]
    assert shown["remote_content_blocked"]
    picture, bill = shown["attachments"]
    assert (picture["inline"], bill["inline"], bill["filename"]) == (True, False, "rachunek ąę.pdf")
    assert picture["url"].removeprefix("/api") in shown["html"]
    assert agent.http.get(picture["url"].removeprefix("/api")).raise_for_status().content == PIXEL
    download = agent.http.get(bill["url"].removeprefix("/api")).raise_for_status()
    assert download.content == b"%PDF-1.4 bill"
    assert download.headers["content-disposition"].startswith("attachment")
    raw = agent.http.get(shown["raw_url"].removeprefix("/api")).raise_for_status().content
    assert b"spy.example" in raw


def test_serve_next_gives_who_has_waited_longest(shop: LocalStack, agent: Agent) -> None:
    agent.empty_queue()
    now = datetime.now(UTC)
    waits = {new_address(name): timedelta(hours=hours) for name, hours in (("b", 2), ("c", 3), ("a", 1))}
    send(shop, *(mail(sender, "Where is it?", at=now - waited) for sender, waited in waits.items()))
    until(lambda: agent.get("/queue")["waiting"] == len(waits), "three who wait")
    for sender in sorted(waits, key=waits.__getitem__, reverse=True):
        served = agent.http.post("/serve-next").raise_for_status().json()
        assert served["waited_seconds"] > waits[sender].total_seconds() - 1  # a mail's date has whole seconds
        mine = agent.get(f"/conversations/{served['conversation_id']}")
        assert (mine["contact"]["value"], mine["assignee"]) == (sender, agent.me["id"])
    assert agent.http.post("/serve-next").raise_for_status().json()["conversation_id"] is None


def test_an_answer_leaves_and_everything_that_follows_is_one_conversation(
    shop: LocalStack, agent: Agent, mailbox: Mailbox
) -> None:
    sender = new_address("ann")
    question = mail(f"Ann <{sender}>", "Blue scarf", "Is it wool?")
    question["References"] = "<earlier@customer.example>"
    send(shop, question)
    first = agent.conversation(sender)
    assert agent.do(first["id"], "reply", text="Yes, wool.", then="close")["status"] == "closed"

    answer = mailbox.received(sender)
    assert answer["in_reply_to"] == question["Message-ID"]
    assert answer["references"] == ["<earlier@customer.example>", question["Message-ID"]]
    assert re.fullmatch(r"support\+[a-z2-7]{39}@shop\.example", answer["reply_to"])
    assert answer["subject"] == f"Re: Blue scarf [#{first['number']}]"
    said, *_, introduced, quoted = answer["text"].splitlines()
    assert (said, quoted) == ("Yes, wool.", "> Is it wool?")
    assert re.fullmatch(r"On .* UTC, Ann wrote:", introduced)
    until(lambda: agent.messages(first["id"])[-1]["delivery"] == "sent", "the receipt")

    mailbox.answer(answer["id"], "And in green?")
    reopened = agent.conversation(sender, messages=3)
    assert (reopened["id"], reopened["status"]) == (first["id"], "open")

    send(shop, mail(sender, f"AW: blue scarf [#{first['number']}]", "Written with a poor program."))
    assert agent.conversation(sender, messages=4)["id"] == first["id"]
    texts = [m["text"].strip() for m in agent.messages(first["id"])]
    assert texts == ["Is it wool?", "Yes, wool.", "And in green?", "Written with a poor program."]

    stranger = new_address("stranger")
    send(shop, mail(stranger, f"Re: Blue scarf [#{first['number']}]", "I only know the number."))
    assert agent.conversation(stranger)["id"] != first["id"]


def test_an_answer_carries_files_to_where_the_customer_wants_it(
    shop: LocalStack, agent: Agent, mailbox: Mailbox
) -> None:
    sender, elsewhere, copied = new_address("here"), new_address("there"), new_address("copied")
    question = mail(sender, "Invoice")
    question["Reply-To"] = f"Elsewhere <{elsewhere}>"
    send(shop, question)
    conversation = agent.conversation(sender)
    uploaded = agent.http.post(
        "/attachments",
        params={"filename": "faktura ąę.pdf"},
        content=b"%PDF-1.4 invoice",
        headers={"content-type": "application/pdf"},
    ).raise_for_status()
    copy = {"kind": "email", "value": copied}
    agent.do(conversation["id"], "reply", text="Here.", attachments=[uploaded.json()], cc=[copy])
    for address in (elsewhere, copied):
        received = mailbox.received(address)
        assert (received["to"], received["cc"]) == ([elsewhere], [copied])
        [file] = received["attachments"]
        assert (file["name"], file["content_type"], file["size"]) == ("faktura ąę.pdf", "application/pdf", 16)


def test_what_a_machine_answers_wakes_nobody_and_what_comes_twice_counts_once(
    shop: LocalStack, agent: Agent, mailbox: Mailbox
) -> None:
    sender = new_address("away")
    question = mail(sender, "Before my holidays")
    send(shop, question)
    send(shop, question)
    conversation = agent.conversation(sender)
    agent.do(conversation["id"], "reply", text="Have a nice time.", then="close")
    answer = mailbox.received(sender)
    absent = mail(sender, "Automatic reply: Re: Before my holidays", "I am away")
    absent["Auto-Submitted"], absent["In-Reply-To"] = "auto-replied", answer["message_id"]
    send(shop, absent)
    assert agent.conversation(sender, messages=3)["status"] == "closed"
    assert [m["automatic"] for m in agent.messages(conversation["id"])] == [None, None, "auto_reply"]


def test_a_thread_pages_without_gaps_even_when_all_of_it_came_in_one_second(
    shop: LocalStack, agent: Agent
) -> None:
    sender, now = new_address("burst"), datetime.now(UTC)
    first = mail(sender, "Burst", "0", at=now)
    more = [mail(sender, "Re: Burst", str(n), at=now) for n in range(1, 5)]
    for message in more:
        message["In-Reply-To"] = first["Message-ID"]
    send(shop, first, *more)
    conversation = agent.conversation(sender, messages=5)
    path, before, texts = f"/conversations/{conversation['id']}/timeline", None, []
    while True:
        page = agent.get(path, limit=2, **({"before": before} if before else {}))
        texts = [item["text"].strip() for item in page["items"] if item["kind"] == "message"] + texts
        if (before := page["before"]) is None:
            break
    assert texts == ["0", "1", "2", "3", "4"]


def test_a_customer_rates_by_the_link_in_the_answer(shop: LocalStack, agent: Agent, mailbox: Mailbox) -> None:
    sender = new_address("rater")
    send(shop, mail(sender, "Thanks"))
    conversation = agent.conversation(sender)
    agent.do(conversation["id"], "reply", text="You are welcome.", then="close")
    found = re.search(r"http\S+/rate/\S+", mailbox.received(sender)["text"])
    assert found is not None
    link = found[0]
    assert link.startswith(shop.url("gateway"))
    assert f"#{conversation['number']}" in httpx.get(link).raise_for_status().text
    httpx.post(link, data={"score": "4", "comment": "quick"}).raise_for_status()
    httpx.post(link, data={"score": "1"})  # a second click changes nothing
    until(lambda: agent.get(f"/conversations/{conversation['id']}")["rating"], "the rating")
    assert agent.get(f"/conversations/{conversation['id']}")["rating"] == 4
    forged = link[:-4] + ("AAAA" if not link.endswith("AAAA") else "BBBB")
    assert httpx.get(forged).status_code == 404


def test_orders_and_visits_stand_beside_the_conversation(shop: LocalStack, agent: Agent) -> None:
    sender = new_address("buyer")
    send(shop, mail(sender, "My order"))
    agent.conversation(sender)
    now = datetime.now(UTC)
    order = {
        "order_id": uuid4().hex,
        "customer": {"email": sender, "name": "Buyer"},
        "placed_at": now.isoformat(),
        "total": "129.90",
        "currency": "PLN",
        "status": "paid",
    }
    visit = {
        "visit_id": uuid4().hex,
        "customer": {"email": sender},
        "at": now.isoformat(),
        "url": "https://shop.example/",
    }
    base, key = f"{shop.url('ingest_commerce')}/v1/shops/main", shop.env["NITKA_COMMERCE_KEY"]
    for what, body in (("orders", order), ("visits", visit)):
        headers = {"authorization": f"Bearer {key}"}
        assert httpx.post(f"{base}/{what}", json=body, headers=headers).status_code == 202
        assert httpx.post(f"{base}/{what}", json=body, headers={"authorization": "Bearer no"}).status_code == 401

    def card() -> dict[str, Any] | None:
        answer = agent.http.get("/customers/lookup", params={"contact": f"email:{sender}"})
        found = answer.json() if answer.status_code == 200 else {}
        return found if found.get("orders") and found["visits"] else None

    found = until(card, "the customer's order and visit")
    assert found["order_value"] == [{"amount": "129.90", "currency": "PLN"}]
    assert (found["orders"], found["visits"], found["segment"]) == (1, 1, "active")
    until(lambda: agent.conversation(sender)["customer_id"] == found["id"], "the customer beside the conversation")

    def by_order() -> bool:
        page = agent.get("/conversations", q=order["order_id"])
        return [c["contact"]["value"] for c in page["items"]] == [sender]

    until(by_order, "the conversation by the order's number")


def test_a_closed_conversation_refuses_with_the_reason(shop: LocalStack, agent: Agent) -> None:
    sender = new_address("closed")
    send(shop, mail(sender, "Bye"))
    conversation = agent.conversation(sender)
    agent.do(conversation["id"], "close")
    refused = agent.tell(conversation["id"], "reply", text="One more thing")
    assert (refused.status_code, refused.json()["code"]) == (409, "conversation_closed")
    assert "closed" in refused.json()["detail"]
    without_header = httpx.post(
        f"{agent.http.base_url}conversations/{conversation['id']}/reopen",
        json={"command_id": str(uuid4())},
        cookies=dict(agent.http.cookies),
    )
    assert without_header.status_code == 403
    assert len(agent.messages(conversation["id"])) == 1
