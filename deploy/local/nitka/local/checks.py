"""Readiness checks: each returns when the part answers and raises OSError or a driver's error otherwise."""

from __future__ import annotations

import socket
import struct
import urllib.request

import psycopg

TIMEOUT = 2.0
"""Seconds that a part has to answer."""


def http(url: str) -> None:
    """A 200 answers; anything else raises (urllib's HTTPError is an OSError)."""
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response:  # noqa: S310 - our own loopback address
        response.read()


def kafka(servers: str) -> None:
    """A broker that answers an ApiVersions request without an error code."""
    host, _, port = servers.split(",", maxsplit=1)[0].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as connection:
        # size, api key 18, version 0, correlation id 1, null client id
        connection.sendall(struct.pack(">ihhih", 10, 18, 0, 1, -1))
        answer = b""
        while len(answer) < 10:
            chunk = connection.recv(4096)
            if not chunk:
                raise ConnectionError("the broker hung up")
            answer += chunk
    error: int = struct.unpack_from(">h", answer, 8)[0]
    if error:
        raise ConnectionError(f"the broker answered with error {error}")


def postgres(dsn: str) -> None:
    """A server that runs a query."""
    with psycopg.connect(dsn, connect_timeout=int(TIMEOUT)) as connection:
        connection.execute("SELECT 1")


def smtp(host: str, port: int) -> None:
    """A mail server that greets."""
    with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
        if not connection.recv(512).startswith(b"220"):
            raise ConnectionError("no greeting")
