"""What happens is a figure in the report, and plain SQL says the same."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import clickhouse_connect
import httpx
import pytest
from tests.people import Agent, Mailbox, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = pytest.mark.stack


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
