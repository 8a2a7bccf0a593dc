"""The subscriber of the tutorial runs as it is printed, and is right after a replay."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from nitka.events import parse
from nitka.events.examples import examples
from nitka.events.topics import CONVERSATION_EVENTS, CUSTOMER_EVENTS
from nitka.runtime.publisher import Publisher, record

pytestmark = pytest.mark.stack
SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "subscriber.py"
ANNA = "email:anna.kowalska@poczta.example"


async def _run(kafka: str, store: Path, group: str, *options: str) -> dict[int, tuple[str, int, str]]:
    """Rows of the table: number → status, messages, contact."""
    arguments = ("--kafka", kafka, "--group", group, "--store", str(store), "--drain", *options)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    rows = [line.split("\t") for line in out.decode().splitlines()]
    return {int(number): (status, int(messages), contact) for number, status, messages, contact in rows}


async def _publish(kafka: str, *variants: tuple[str, bytes]) -> None:
    """Publish the examples of both topics in the order of their sequence, changed by replacing text."""
    publisher = Publisher(kafka, "test")
    await publisher.start()
    for topic, key in ((CONVERSATION_EVENTS, "conversation_id"), (CUSTOMER_EVENTS, "customer_id")):
        events = []
        for example in examples(topic):
            raw = example.raw
            for old, new in variants:
                raw = raw.replace(old.encode(), new)
            events.append(parse(topic, raw).envelope)
        events.sort(key=lambda e: e.payload.get("sequence", 0))
        await publisher.publish(*(record(topic, str(e.payload[key]), e) for e in events))
    await publisher.stop()


async def test_the_tutorials_subscriber_keeps_its_table_through_replays(kafka: str, tmp_path: Path) -> None:
    group, store = f"crm-{uuid4()}", tmp_path / "crm.db"
    number = uuid4().int % 10**8
    erased = f"erased-{number}@poczta.example"
    own = (
        # Facts of this test's own: other tests use these topics too.
        ("0190c7a2-5b1e", f"{uuid4()}"[:13].encode()),
        ('"number": 12,', f'"number": {number},'.encode()),
    )
    await _publish(kafka, *own)
    expected = ("archived", 3, ANNA)
    assert (await _run(kafka, store, group))[number] == expected
    assert (await _run(kafka, store, group, "--from-start"))[number] == expected
    await _publish(kafka, *own)  # the same facts again
    assert (await _run(kafka, store, group))[number] == expected

    other = (
        ("0190c7a2-5b1e", f"{uuid4()}"[:13].encode()),
        ('"number": 12,', f'"number": {number + 1},'.encode()),
        ("anna.kowalska@poczta.example", erased.encode()),
        ("forget.me@poczta.example", erased.encode()),
        ("2026-11-03T10:05:00Z", b"2026-12-03T10:05:00Z"),
    )
    await _publish(kafka, *other)
    assert (await _run(kafka, store, group))[number + 1] == ("archived", 3, "None")
    store.unlink()
    anew = await _run(kafka, store, group, "--from-start")
    assert (anew[number], anew[number + 1]) == (expected, ("archived", 3, "None"))
