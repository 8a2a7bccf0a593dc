"""What does not get through: shown at the message, told of the right recipient, sent again."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast
from uuid import uuid4

import pytest
from tests.people import INBOX, Agent, Mailbox, mail, new_address, send, until
from tests.topics import everything_on

from nitka.events import DeliveryState
from nitka.events.conversation import DeliveryChanged
from nitka.events.topics import CONVERSATION_EVENTS
from nitka.local.testing import LocalStack

pytestmark = pytest.mark.stack


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
