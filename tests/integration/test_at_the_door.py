"""What is forged, too large or broken is refused, and nobody behind it has to wait."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import subprocess
import sys
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from tests.people import INBOX, Agent, mail, new_address, send, until

from nitka.events.topics import INBOUND_MESSAGES
from nitka.local.testing import LocalStack
from nitka.runtime.publisher import Publisher, Record

pytestmark = pytest.mark.stack


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
