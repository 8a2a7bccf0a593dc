"""An agent at the whole product, and the mailbox of its customers."""

from __future__ import annotations

import pytest
from tests.people import Agent, Mailbox

from nitka.local.testing import LocalStack


@pytest.fixture(scope="module")
def agent(shop: LocalStack) -> Agent:
    return Agent(shop)


@pytest.fixture(scope="module")
def mailbox(shop: LocalStack) -> Mailbox:
    return Mailbox(shop)
