"""A mail in, an answer out, a figure in the report: the whole way round, on the real parts."""

from __future__ import annotations

import base64
import csv
import email
import hashlib
import hmac
import json
import re
import smtplib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast
from uuid import uuid4

import clickhouse_connect
import httpx
import pytest
from tests.people import INBOX, Agent, Mailbox, mail, new_address, send, until
from tests.topics import everything_on

from nitka.events import DeliveryState
from nitka.events.conversation import DeliveryChanged
from nitka.events.topics import CONVERSATION_EVENTS, INBOUND_MESSAGES
from nitka.local.testing import LocalStack
from nitka.runtime.publisher import Publisher, Record

pytestmark = pytest.mark.stack

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


@pytest.fixture(scope="module")
def agent(shop: LocalStack) -> Agent:
    return Agent(shop)


@pytest.fixture(scope="module")
def mailbox(shop: LocalStack) -> Mailbox:
    return Mailbox(shop)


def test_a_mail_is_there_whole_and_harmless(shop: LocalStack, agent: Agent) -> None:
    sender = new_address("whole")
    message = mail(f"Żaneta Ögren <{sender}>", "Zażółć gęślą jaźń", "Plain words")
    html = '<p>Proszę <img src="cid:pixel@here"></p><script>alert(1)</script><img src="https://spy.example/x.gif">'
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
    assert "Proszę" in shown["html"]
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


def test_an_answer_that_the_relay_refuses_is_shown_and_can_be_sent_again(shop: LocalStack, agent: Agent) -> None:
    sender = f"{uuid4().hex}@refused.example"
    send(shop, mail(sender, "Try to answer me"))
    conversation = agent.conversation(sender)
    agent.do(conversation["id"], "reply", text="I try.")

    def failed() -> dict[str, Any] | None:
        answer = agent.messages(conversation["id"])[1]
        return answer if answer["delivery"] == "failed" else None

    answer = until(failed, "the failure")
    assert "5.1.1" in answer["delivery_reason"]
    until(lambda: any(c["undeliverable"] for c in agent.get("/customers", q=sender)), "the bad address")
    again = agent.tell(conversation["id"], "retry-delivery", message_id=answer["id"])
    assert again.status_code == 200
    until(failed, "the second failure")
    kinds = [
        item["type"]
        for item in agent.get(f"/conversations/{conversation['id']}/timeline")["items"]
        if item["kind"] == "system"
    ]
    assert kinds.count("delivery_changed") >= 2


def test_a_failure_is_about_the_recipient_whom_it_names(shop: LocalStack, agent: Agent, mailbox: Mailbox) -> None:
    sender, wrong = new_address("fine"), f"{uuid4().hex}@refused.example"
    send(shop, mail(sender, "Copy my brother"))
    conversation = agent.conversation(sender)
    agent.do(conversation["id"], "reply", text="Both.", cc=[{"kind": "email", "value": wrong}])
    until(lambda: agent.messages(conversation["id"])[1]["undelivered_to"] == [wrong], "the failure for one")
    until(lambda: agent.messages(conversation["id"])[1]["delivery"] == "sent", "the other's copy")

    def told(state: DeliveryState) -> list[DeliveryChanged]:
        events = [e.payload for e in everything_on(shop.kafka, CONVERSATION_EVENTS, conversation["id"])]
        return [p for p in events if isinstance(p, DeliveryChanged) and p.state is state]

    [failure] = until(lambda: told(DeliveryState.FAILED), "the failure, published")
    assert failure.hard
    assert failure.recipient is not None
    assert failure.recipient.value == wrong

    # Who gets our mail knows its Message-ID, and could blame anybody.
    agent.do(conversation["id"], "reply", text="Only you.")
    answer = mailbox.received(sender, count=2)
    send(shop, _bounce(new_address("victim"), answer["message_id"]))
    [forged] = until(lambda: told(DeliveryState.BOUNCED), "the bounce, published")
    assert forged.recipient is None


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


def _range() -> dict[str, str]:
    today = datetime.now(UTC).date()
    return {
        "since": str(today - timedelta(days=3)),
        "until": str(today + timedelta(days=1)),
        "zone": "Europe/Warsaw",
    }


FIGURES = ("new_threads", "messages", "new_users", "labelled_threads", "average_rating", "ratings")


def test_six_cards_follow_and_plain_sql_agrees(shop: LocalStack, agent: Agent, mailbox: Mailbox) -> None:
    if not shop.env["NITKA_CLICKHOUSE"].startswith("chdb:"):
        pytest.skip("a server has a door of its own")

    def cards() -> dict[str, Any]:
        found = agent.get("/reports/cards", **_range())
        return {name: found[name] for name in FIGURES}

    # What the tests before have caused must have arrived, or it would be counted as ours.
    before = _settled(cards)
    sender = new_address("counted")
    send(shop, mail(sender, "Count me"))
    conversation = agent.conversation(sender)
    agent.do(conversation["id"], "labels/add", label="counted")
    agent.do(conversation["id"], "reply", text="Counted.", then="close")
    link = re.search(r"http\S+/rate/\S+", mailbox.received(sender)["text"])
    assert link is not None
    httpx.post(link[0], data={"score": "5"}).raise_for_status()
    added = {"new_threads": 1, "messages": 2, "new_users": 1, "labelled_threads": 1, "ratings": 1}
    expected = {name: before[name] + more for name, more in added.items()}
    after = until(
        lambda: found if {name: (found := cards())[name] for name in added} == expected else None,
        f"cards that went from {before} to {expected}",
    )
    stars = (before["average_rating"] or 0) * before["ratings"] + 5
    assert after["average_rating"] == pytest.approx(stars / after["ratings"])

    password, port = shop.env["NITKA_ANALYST_PASSWORD"], shop.settings.ports["clickhouse"]
    client = clickhouse_connect.get_client(
        host=shop.settings.host, port=port, username="analyst", password=password, database="nitka"
    )
    query = "SELECT * FROM cards(since = {since:Date}, until = {until:Date}, zone = {zone:String})"
    assert list(client.query(query, parameters=_range()).named_results()) == [after]
    raw = httpx.post(
        f"http://{shop.settings.host}:{port}/",
        params={"database": "nitka", **{f"param_{k}": v for k, v in _range().items()}},
        content=f"{query} FORMAT CSVWithNames",
        auth=("analyst", password),
    ).raise_for_status()
    [row] = csv.DictReader(raw.text.splitlines())
    assert {name: float(value) for name, value in row.items()} == pytest.approx(after)
    refused = httpx.post(f"http://{shop.settings.host}:{port}/", content="SELECT 1", auth=("analyst", "wrong"))
    assert refused.status_code in (401, 403)


def _settled(cards: Any) -> dict[str, Any]:
    """The figures when two looks, far enough apart for a batch to be written in between, agree."""
    seen: list[dict[str, Any]] = []

    def look() -> bool:
        seen.append(cards())
        return len(seen) > 20 and all(s == seen[-1] for s in seen[-20:])

    until(look, "figures that stand still")
    return seen[-1]


def test_a_bounce_shows_at_the_message_and_at_the_customer(
    shop: LocalStack, agent: Agent, mailbox: Mailbox
) -> None:
    sender = new_address("gone")
    send(shop, mail(sender, "Are you there?"))
    conversation = agent.conversation(sender)
    agent.do(conversation["id"], "reply", text="Yes.")
    answer = mailbox.received(sender)
    send(shop, _bounce(sender, answer["message_id"]))

    until(lambda: agent.messages(conversation["id"])[1]["delivery"] == "bounced", "the bounce at the message")
    lost = agent.get(f"/conversations/{conversation['id']}")
    assert (lost["status"], lost["undelivered"]) == ("open", True)
    assert lost["waiting_since"] is not None, "we owe an answer again"
    answers = until(
        lambda: agent.get("/customers/lookup", contact=f"email:{sender}")["undeliverable"], "the bad address"
    )
    assert answers == [sender]
    found = agent.get("/conversations", q="mailer-daemon@mx.customer.example")["items"]
    assert {c["id"] for c in found if c["contact"]["value"].startswith("mailer-daemon")} == set()


def _bounce(recipient: str, message_id: str) -> EmailMessage:
    """A delivery status notification (RFC 3464) about the mail with this Message-ID."""
    raw = f"""From: Mail Delivery System <mailer-daemon@mx.customer.example>
To: {INBOX}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{uuid4().hex}@mx.customer.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="frontier"

--frontier
Content-Type: text/plain

<{recipient}>: User unknown

--frontier
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--frontier
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: Re: Are you there?

--frontier--
"""
    return cast(EmailMessage, email.message_from_string(raw, policy=default))


def _whatsapp(text: str, number: str) -> bytes:
    message = {
        "from": number,
        "id": f"wamid.{uuid4().hex}",
        "timestamp": str(int(datetime.now(UTC).timestamp())),
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "48 22 555-0001", "phone_number_id": "555001"},
        "contacts": [{"profile": {"name": "Wanda"}, "wa_id": number}],
        "messages": [message],
    }
    entry = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def test_a_signed_whatsapp_message_becomes_a_conversation_and_no_other(shop: LocalStack, agent: Agent) -> None:
    secret, url = shop.env["NITKA_WHATSAPP_APP_SECRET"].encode(), f"{shop.url('ingest_social')}/webhooks/whatsapp"
    number = f"4860{uuid4().int % 10**7:07}"
    forged, genuine = _whatsapp("I am nobody", number), _whatsapp("Do you ship to Turkey?", number)
    signature = f"sha256={hmac.new(secret, genuine, hashlib.sha256).hexdigest()}"
    for headers in ({}, {"x-hub-signature-256": signature}):
        assert httpx.post(url, content=forged, headers=headers).status_code in (401, 403)
    assert httpx.post(url, content=genuine, headers={"x-hub-signature-256": signature}).status_code == 200
    found = agent.conversation(f"+{number}")
    assert (found["channel"], found["contact"]["name"]) == ("whatsapp", "Wanda")
    assert [m["text"] for m in agent.messages(found["id"])] == ["Do you ship to Turkey?"]


def test_too_large_a_mail_is_refused_with_552_and_the_next_one_is_taken(shop: LocalStack, agent: Agent) -> None:
    sender = new_address("large")
    too_large = mail(sender, "Too large", ("x" * 76 + "\n") * 350_000)
    with smtplib.SMTP(shop.settings.host, shop.settings.ports["smtp"], timeout=60) as connection:
        connection.ehlo()
        assert connection.mail(sender, [f"SIZE={27 * 1024 * 1024}"])[0] == 552
        # A client that does not announce the size learns it at the end.
        assert (connection.mail(sender)[0], connection.rcpt(INBOX)[0]) == (250, 250)
        assert connection.data(bytes(too_large))[0] == 552
        connection.send_message(mail(sender, "Small", "Fits"))
    assert agent.conversation(sender)["subject"] == "Small"


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


def _dlq(shop: LocalStack, *arguments: str) -> str:
    command = [sys.executable, "-m", "nitka.runtime.cli", "--kafka", shop.kafka, "dlq", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def test_an_invalid_record_is_a_dead_letter_to_list_and_to_replay(shop: LocalStack, agent: Agent) -> None:
    key, topic = f"{INBOX}|{uuid4()}", INBOUND_MESSAGES.name
    publisher = Publisher(shop.kafka, "test")
    await publisher.start()
    try:
        await publisher.publish(Record(topic, key, b'{"type": "inbound.message_received", "nonsense": 1}'))
    finally:
        await publisher.stop()
    letters = until(lambda: _dlq(shop, "list", "--topic", topic).splitlines(), "the dead letter")
    [letter] = letters
    offset = letter.split("\t")[0]
    assert "\tconversation\tinvalid\t" in letter
    assert "nonsense" in _dlq(shop, "show", "--topic", topic, "--offset", offset)
    assert "1 replayed" in _dlq(shop, "replay", "--topic", topic, "--offset", offset)

    # It is still invalid, so it comes back as a new letter; nobody behind it had to wait.
    def again() -> list[str]:
        return [
            line
            for line in _dlq(shop, "list", "--topic", topic).splitlines()
            if not line.startswith(f"{offset}\t")
        ]

    assert len(until(again, "the letter that came back")) == 1
    sender = new_address("unharmed")
    send(shop, mail(sender, "Still working"))
    agent.conversation(sender)
