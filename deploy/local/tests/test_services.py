"""A stack of one's own: real services, whose servers are killed and frozen under them."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

import pytest

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.faults]


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def becomes(url: str, wanted: int) -> None:
    deadline = time.monotonic() + 60
    while status(url) != wanted:
        assert time.monotonic() < deadline, f"{url} did not become {wanted}"
        time.sleep(0.1)


def test_services_can_be_killed_and_frozen_and_come_back(services: LocalStack) -> None:
    services.start("ingest_commerce", "routing", env={"NITKA_INSTANCE": "7"})
    assert services.pid("routing") != services.pid("ingest_commerce")
    ready = f"{services.url('routing')}/readyz"
    assert status(ready) == 200

    services.pause("postgres")
    becomes(ready, 503)
    services.resume("postgres")
    becomes(ready, 200)

    services.kill("kafka")
    services.restart("kafka")
    services.kill("routing")
    services.restart("routing")
    assert status(ready) == 200
    services.stop("routing", "ingest_commerce")
    assert "Traceback" not in services.log("routing")
