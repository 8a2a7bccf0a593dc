"""A light SMTP client for load: plain asyncio, so that it takes little of the machine that it measures."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Self

TEXT = "Hello, my parcel has not arrived yet and the tracking page shows nothing since Monday.\r\n" * 10
THREAD = 3
"""Mails of one conversation."""


def mail(run: str, number: int) -> bytes:
    """A customer's plain text mail of about 1.3 kB; every third begins a conversation."""
    thread, position = divmod(number, THREAD)
    ids = [f"<{run}.{thread}.{p}@bench.example>" for p in range(position + 1)]
    references = f"In-Reply-To: {ids[-2]}\r\nReferences: {' '.join(ids[:-1])}\r\n" if position else ""
    return (
        f"From: Customer {thread} <customer{thread}@bench.example>\r\nTo: support@shop.example\r\n"
        f"Subject: Where is my parcel {thread}?\r\nMessage-ID: {ids[-1]}\r\n{references}"
        "Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{TEXT}"
    ).encode()


class Connection:
    """One SMTP session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        connection = cls(*await asyncio.open_connection(host, port))
        await connection._expect("220")
        await connection._ask("EHLO bench.example", "250")
        return connection

    async def send(self, content: bytes) -> str:
        """Send one mail; returns the id that the server gave it."""
        await self._ask("MAIL FROM:<customer@bench.example>", "250")
        await self._ask("RCPT TO:<support@shop.example>", "250")
        await self._ask("DATA", "354")
        self._writer.write(content + b"\r\n.\r\n")
        return (await self._expect("250")).rsplit(" ", 1)[-1]

    def close(self) -> None:
        self._writer.close()

    async def _ask(self, command: str, code: str) -> str:
        self._writer.write(command.encode() + b"\r\n")
        return await self._expect(code)

    async def _expect(self, code: str) -> str:
        while True:
            line = (await self._reader.readline()).decode().rstrip()
            if not line.startswith(code):
                raise ConnectionError(f"expected {code}, got {line!r}")
            if line[3:4] != "-":
                return line


async def load(host: str, port: int, run: str, count: int, connections: int) -> float:
    """Send `count` mails over so many connections at once; returns the seconds until the last 250."""

    async def session(numbers: range) -> None:
        connection = await Connection.open(host, port)
        for number in numbers:
            await connection.send(mail(run, number))
        connection.close()

    # A thread's mails go over one connection, in order.
    step = -(-count // (connections * THREAD)) * THREAD
    begun = time.perf_counter()
    await asyncio.gather(*(session(range(s, min(s + step, count))) for s in range(0, count, step)))
    return time.perf_counter() - begun


if __name__ == "__main__":
    host, port, run, count, connections = sys.argv[1:]
    print(json.dumps({"seconds": asyncio.run(load(host, int(port), run, int(count), int(connections)))}))
