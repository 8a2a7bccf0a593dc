"""`make demo`: play the day into the running stack. The same seed within the same hour changes nothing twice."""

from __future__ import annotations

import argparse
import json
import re
import smtplib
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx

from nitka.local.demo.cast import DOMAIN, Scene, cast, machines_mails, mail, order, visit
from nitka.local.demo.shop import furnish
from nitka.local.demo.stories import NOTES

AGENTS = ("demo@nitka.example", "ola@nitka.example", "joao@nitka.example")
_NAMESPACE = UUID("5a3c3c1e-4a0e-5a3f-8f60-9f1f0f7c2b11")
PATIENCE = 120.0
"""Seconds to wait for what was sent to show."""


def main() -> int:
    """Play; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=Path(".nitka"), help="data folder of the running stack")
    options = parser.parse_args()
    try:
        endpoints = json.loads((options.home / "endpoints.json").read_text())
    except FileNotFoundError:
        print("Nitka is not running here; start it with `make run`.", file=sys.stderr)
        return 1
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    scenes = cast(options.seed, until, NOTES)
    day = Day(endpoints, scenes)
    day.furnish()
    day.shop()
    day.customers_write([mail(s) for s in scenes] + machines_mails(until, f"{options.seed}.{until:%Y%m%d%H}"))
    day.agents_work(until)
    day.customers_answer_and_rate()
    print(f"A day of {len(scenes)} conversations is in the inbox: {endpoints['ui']}")
    return 0


class Day:
    """One day, played step by step against the running stack's public addresses."""

    def __init__(self, endpoints: dict[str, Any], scenes: list[Scene]) -> None:
        self._endpoints, self._scenes = endpoints, scenes
        self._agents = [_Agent(endpoints, email) for email in AGENTS]
        self._mailbox = httpx.Client(base_url=endpoints["mailbox"], timeout=30)
        self._found: dict[str, str] = {}

    def furnish(self) -> None:
        """Hours, labels, templates and rules, as a supervisor sets them."""
        furnish(self._agents[0].call)
        print("The shop is set up: hours, labels, templates and rules")

    def shop(self) -> None:
        """Orders and visits, as a shop sends them."""
        commerce = self._endpoints["commerce"]
        headers = {"authorization": f"Bearer {commerce['key']}"}
        with httpx.Client(base_url=f"{commerce['url']}/v1/shops/main", headers=headers, timeout=30) as shop:
            shop.post("/orders", json=[order(s) for s in self._scenes]).raise_for_status()
            shop.post("/visits", json=[visit(s) for s in self._scenes]).raise_for_status()
        print(f"{len(self._scenes)} orders and visits sent")

    def customers_write(self, mails: list[EmailMessage]) -> None:
        """All first mails by SMTP; returns when every conversation shows."""
        host, _, port = self._endpoints["smtp"].rpartition(":")
        with smtplib.SMTP(host, int(port)) as relay:
            for message in mails:
                relay.send_message(message)
        print(f"{len(mails)} mails sent")
        for scene in self._scenes:
            self._found[scene.key] = _eventually(partial(self._agents[0].find, scene))

    def agents_work(self, until: datetime) -> None:
        """What three agents have done by now."""
        for scene in self._scenes:
            agent, conversation = self._agents[scene.agent], self._found[scene.key]
            if scene.note:
                agent.command(conversation, "notes", text=scene.note)
            if scene.deed != "wait":
                agent.command(conversation, "labels/add", label=scene.story.label)
            if scene.deed in ("assign", "reply", "dialogue", "solve"):
                agent.command(conversation, "assign", assignee=agent.id)
            if scene.deed == "snooze":
                agent.command(conversation, "snooze", until=(until + timedelta(hours=20)).isoformat())
            if scene.deed in ("reply", "dialogue", "solve"):
                then = "close" if scene.deed == "solve" else "nothing"
                agent.command(conversation, "reply", text=scene.words(scene.story.answer), then=then)
        print("Agents have answered, labelled, snoozed and closed")

    def customers_answer_and_rate(self) -> None:
        """Customers read their mail; some write again, some rate."""
        for scene in self._scenes:
            if scene.deed == "dialogue":
                got = _eventually(partial(self._received, scene))
                answer = {"in_reply_to": got["id"], "text": scene.words(scene.story.again)}
                self._mailbox.post("/api/mails", json=answer).raise_for_status()
            elif scene.deed == "solve":
                got = _eventually(partial(self._received, scene))
                link = re.search(r"https?://\S+/rate/\S+", got["text"])
                if link:
                    httpx.post(link[0], data={"score": str(scene.score), "comment": ""}).raise_for_status()
        print("Customers have answered and rated")

    def _received(self, scene: Scene) -> dict[str, Any] | None:
        """The agent's answer as the customer got it."""
        heads = self._mailbox.get("/api/mails", params={"to": scene.email, "sent": False}).json()
        for head in heads:
            got: dict[str, Any] = self._mailbox.get(f"/api/mails/{head['id']}").json()
            ours = scene.order_id in got["subject"] or scene.product in got["subject"]
            # A rule may have answered before the agent did.
            if ours and _on_one_line(scene.words(scene.story.answer)) in _on_one_line(got["text"]):
                return got
        return None


class _Agent:
    """An agent's browser, without the browser."""

    def __init__(self, endpoints: dict[str, Any], email: str) -> None:
        headers = {"x-nitka-request": "1"}
        self._http = httpx.Client(base_url=endpoints["api"], headers=headers, timeout=30)
        login = {"email": email, "password": endpoints["login"]["password"]}
        answer = self._http.post("/session", json=login)
        answer.raise_for_status()
        self.id: str = answer.json()["id"]

    def find(self, scene: Scene) -> str | None:
        """The id of a scene's conversation."""
        rows = self._http.get("/conversations", params={"q": scene.email, "limit": 200}).json()["items"]
        subject = scene.words(scene.story.subject)
        return next((row["id"] for row in rows if row["subject"] == subject), None)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What the API answers."""
        return self._http.request(method, path, json=body).raise_for_status().json()

    def command(self, conversation: str, name: str, **body: Any) -> None:
        """Give a command. Played again it is the same command; one that is refused (closed meanwhile) is fine."""
        command_id = uuid5(_NAMESPACE, f"{conversation}|{name}|{body.get('text', '')}")
        answer = self._http.post(
            f"/conversations/{conversation}/{name}", json={"command_id": str(command_id), **body}
        )
        if answer.status_code != 409:
            answer.raise_for_status()


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise SystemExit(f"What was sent to {DOMAIN} does not show; see the logs in .nitka/log.")


if __name__ == "__main__":
    sys.exit(main())
