"""Mails a second from an SMTP client to stored and published."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from tests.bench.from_kafka import end_offsets, published

from nitka.local.testing import LocalStack

CONNECTIONS = 16


def run(stack: LocalStack, count: int) -> dict[str, float]:
    """Send from a process of its own and wait until the last mail's event is on `conversation.events.v1`."""
    since = asyncio.run(end_offsets(stack.kafka))
    port = str(stack.settings.ports["smtp"])
    command = [
        sys.executable,
        "-m",
        "tests.bench.smtp_client",
        "127.0.0.1",
        port,
        "smtp",
        str(count),
        str(CONNECTIONS),
    ]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    seconds = asyncio.run(published(stack.kafka, since, count))
    output, _ = client.communicate()
    return {
        "mails": count,
        "accepted mails/s": count / json.loads(output)["seconds"],
        "published mails/s": count / seconds,
    }
