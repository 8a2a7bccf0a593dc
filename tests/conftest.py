"""What the cross-service tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from nitka.local.stack import SERVICES
from nitka.local.testing import LocalStack


@pytest.fixture(scope="session")
def shop(new_stack: Callable[[], AbstractContextManager[LocalStack]]) -> Iterator[LocalStack]:
    """The whole product, running: every service and the customers' mailbox.

    Shared by the whole run: use addresses of your own, and `Agent.empty_queue` before you serve next.
    """
    with new_stack() as running:
        running.start(*SERVICES, "mailbox")
        yield running
