"""The people around a running stack: customers who write mails, agents who answer through the gateway."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from nitka.local.testing import LocalStack

INBOX = "support@shop.example"
PATIENCE = 60.0
"""Seconds after which something that crosses processes counts as lost; no measure of speed."""

Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str) -> Found:
    """Look again and again until it finds something (truthy), and return that."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"not seen: {what}"
        time.sleep(0.05)
    return found


def new_address(name: str) -> str:
    """A customer's address that no other test knows."""
    return f"{name}.{uuid4().hex[:8]}@customer.example"


def mail(sender: str, subject: str, text: str = "Hello", *, at: datetime | None = None) -> EmailMessage:
    """A plain mail to the shop."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, INBOX, subject
    message["Date"] = format_datetime(at or datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain="customer.example")
    message.set_content(text)
    return message


def send(stack: LocalStack, *messages: EmailMessage) -> None:
    """Hand mails over by SMTP. Raises smtplib.SMTPException when one is not accepted."""
    with smtplib.SMTP(stack.settings.host, stack.settings.ports["smtp"], timeout=30) as connection:
        for message in messages:
            connection.send_message(message)


class Agent:
    """Somebody who works with conversations, signed in at the gateway."""

    def __init__(self, stack: LocalStack, email: str | None = None) -> None:
        self.email = email or stack.env["NITKA_DEMO_EMAIL"]
        self.http = httpx.Client(
            base_url=f"{stack.url('gateway')}/api", headers={"x-nitka-request": "1"}, timeout=30
        )
        login = {"email": self.email, "password": stack.env["NITKA_DEMO_PASSWORD"]}
        self.me: dict[str, Any] = self.http.post("/session", json=login).raise_for_status().json()

    def get(self, path: str, **query: Any) -> Any:
        """What the API answers."""
        return self.http.get(path, params=query).raise_for_status().json()

    def tell(self, conversation_id: str, command: str, **fields: Any) -> httpx.Response:
        """Give a command; the answer may be a refusal."""
        body = {"command_id": str(uuid4()), **fields}
        return self.http.post(f"/conversations/{conversation_id}/{command}", json=body)

    def do(self, conversation_id: str, command: str, **fields: Any) -> dict[str, Any]:
        """Give a command that must be carried out; returns the conversation."""
        found: dict[str, Any] = self.tell(conversation_id, command, **fields).raise_for_status().json()
        return dict(found["conversation"])

    def conversations(self, sender: str) -> list[dict[str, Any]]:
        """All conversations in which this address writes, whatever their status."""
        items = self.get("/conversations", q=sender)["items"]
        return [c for c in items if c["contact"]["value"] == sender]

    def conversation(self, sender: str, messages: int = 1) -> dict[str, Any]:
        """The only conversation of this address, as soon as it has so many messages."""

        def look() -> dict[str, Any] | None:
            found = self.conversations(sender)
            assert len(found) <= 1, f"{len(found)} conversations of {sender}"
            return found[0] if found and found[0]["message_count"] >= messages else None

        return until(look, f"{messages} message(s) of {sender}")

    def messages(self, conversation_id: str) -> list[dict[str, Any]]:
        """The messages of a thread, oldest first."""
        items = self.get(f"/conversations/{conversation_id}/timeline")["items"]
        return [item for item in items if item["kind"] == "message"]

    def empty_queue(self) -> None:
        """Close whatever waits, so that a test knows who is next."""
        while items := self.get("/conversations", status="open", limit=200)["items"]:
            for item in items:
                self.do(item["id"], "close")
        until(lambda: self.get("/queue")["waiting"] == 0, "an empty queue")


class Mailbox:
    """What customers find in their mailbox, and what they write there."""

    def __init__(self, stack: LocalStack) -> None:
        self._http = httpx.Client(base_url=f"{stack.url('mailbox')}/api", timeout=30)

    def received(self, address: str, count: int = 1) -> dict[str, Any]:
        """The newest mail to this address, as soon as there are so many."""

        def look() -> dict[str, Any] | None:
            heads = self.to(address)
            return heads[0] if len(heads) >= count else None

        head = until(look, f"mail {count} in the mailbox of {address}")
        return dict(self._http.get(f"/mails/{head['id']}").raise_for_status().json())

    def to(self, address: str) -> list[dict[str, Any]]:
        """What has come to this address so far, the newest first."""
        heads = self._http.get("/mails", params={"to": address, "sent": False}).raise_for_status().json()
        return list(heads)

    def html(self, mail_id: str) -> str:
        """A mail as its receiver sees it."""
        return self._http.get(f"/mails/{mail_id}/html").raise_for_status().text

    def answer(self, mail_id: str, text: str) -> str:
        """Answer as a mail program does; returns the answer's Message-ID."""
        answered = self._http.post("/mails", json={"in_reply_to": mail_id, "text": text}).raise_for_status()
        return str(answered.json()["message_id"])
