"""The shops' endpoint: who may send, what is refused and why, and that what is accepted is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from nitka.channel.intake import Intake
from nitka.channel.spool import ENTRY_OVERHEAD, Spool
from nitka.events import Envelope, OrderPlaced, ShopVisited
from nitka.events.topics import COMMERCE_EVENTS
from nitka.events.wire import parse, serialize
from nitka.ingest_commerce import api
from nitka.ingest_commerce.domain import Visit, to_event
from nitka.ingest_commerce.outbox import key, pack, unpack
from nitka.runtime.http import create_api
from nitka.runtime.publisher import PublishError

KEY = "commerce-key-0123456789"
AUTHORISED = {"authorization": f"Bearer {KEY}"}
ORDER: dict[str, Any] = {
    "order_id": "1001",
    "customer": {"id": "77", "email": " Ann@Example.COM ", "phone": "+48 600-100-200", "name": "Ann Nowak"},
    "placed_at": "2026-03-01T10:00:00+01:00",
    "total": "129.90",
    "currency": "PLN",
    "lines": [{"sku": "A1", "title": "Blue scarf", "quantity": 2, "unit_price": 64.95}],
}
VISIT: dict[str, Any] = {
    "visit_id": "v1",
    "customer": {"email": "ann@example.com"},
    "at": "2026-03-01T09:00:00Z",
    "url": "https://shop.example/scarf",
    "product": "Blue scarf",
}


class Destination:
    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self.away = False

    async def deliver(self, bodies: Sequence[bytes]) -> None:
        if self.away:
            raise PublishError("away")
        self.events += [e for body in bodies for e in unpack(body)]


@pytest.fixture
def there() -> Destination:
    return Destination()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, max_bytes=2 * ENTRY_OVERHEAD)


def client_for(intake: Intake, commerce_key: SecretStr | None) -> httpx.AsyncClient:
    app: FastAPI = create_api("test", SecretStr("x" * 32), lifespan=lambda _: None, checks={}, docs=True)  # type: ignore[arg-type, return-value]
    app.include_router(api.router(intake, commerce_key))
    api.describe_bodies(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=AUTHORISED)


@pytest.fixture
def client(there: Destination, spool: Spool) -> httpx.AsyncClient:
    return client_for(Intake(spool, there.deliver), SecretStr(KEY))


def payload(event: Envelope) -> OrderPlaced | ShopVisited:
    found = parse(COMMERCE_EVENTS, serialize(event)).payload
    assert isinstance(found, OrderPlaced | ShopVisited)
    return found


async def test_an_order_becomes_an_event(client: httpx.AsyncClient, there: Destination) -> None:
    response = await client.post("/v1/shops/main/orders", json=ORDER)
    assert response.status_code == 202
    (event,) = there.events
    order = payload(event)
    assert isinstance(order, OrderPlaced)
    assert response.json() == {"accepted": 1, "event_ids": [str(event.event_id)]}
    assert key(event) == "main|77"
    assert event.occurred_at == order.placed_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert [c.key for c in order.contacts] == ["email:ann@example.com", "phone:+48600100200", "shop:main:77"]
    assert (order.total, order.lines[0].unit_price) == (Decimal("129.90"), Decimal("64.95"))


async def test_a_visit_becomes_an_event(client: httpx.AsyncClient, there: Destination) -> None:
    assert (await client.post("/v1/shops/main/visits", json=VISIT)).status_code == 202
    visit = payload(there.events[0])
    assert isinstance(visit, ShopVisited)
    assert (visit.visit_id, visit.product, visit.customer_key) == ("v1", "Blue scarf", "ann@example.com")


async def test_the_same_again_is_the_same_event_and_a_change_is_another(
    client: httpx.AsyncClient, there: Destination
) -> None:
    changed = ORDER | {"updated_at": "2026-03-02T10:00:00Z", "status": "shipped"}
    same_moment = ORDER | {"placed_at": "2026-03-01T09:00:00Z"}
    for order in (ORDER, same_moment, changed):
        await client.post("/v1/shops/main/orders", json=order)
    await client.post("/v1/shops/other/orders", json=ORDER)
    first, again, later, elsewhere = (e.event_id for e in there.events)
    assert first == again
    assert len({first, later, elsewhere}) == 3


async def test_arrays_are_batches(client: httpx.AsyncClient, there: Destination) -> None:
    visits = [VISIT | {"visit_id": str(n)} for n in range(500)]
    response = await client.post("/v1/shops/main/visits", json=visits)
    assert response.json()["accepted"] == len(there.events) == 500
    assert (await client.post("/v1/shops/main/visits", json=[*visits, VISIT])).status_code == 422
    assert (await client.post("/v1/shops/main/visits", json=[])).status_code == 422


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"total": -1}, "body.total"),
        ({"total": "NaN"}, "body.total"),
        ({"currency": "zloty"}, "body.currency"),
        ({"customer": {}}, "body.customer"),
        ({"customer": {"email": "nobody"}}, "body.customer.email"),
        ({"customer": {"phone": "600 100 200"}}, "body.customer.phone"),
        ({"order_id": ""}, "body.order_id"),
        ({"order_id": "a\x00b"}, "body.order_id"),
        ({"placed_at": "yesterday"}, "body.placed_at"),
        ({"placed_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "body.0"),
        ({"updated_at": "2020-01-01T00:00:00Z"}, "body"),
        ({"canceled": True}, "body.canceled"),
        ({"lines": [{"title": "x", "quantity": -1, "unit_price": 1}]}, "body.lines.0.quantity"),
    ],
)
async def test_what_is_wrong_is_said(
    client: httpx.AsyncClient, there: Destination, change: dict[str, Any], at: str
) -> None:
    response = await client.post("/v1/shops/main/orders", json=ORDER | change)
    assert response.status_code == 422
    (problem,) = response.json()["problems"]
    assert problem["at"] == at
    assert problem["message"]
    assert there.events == []


async def test_one_wrong_order_refuses_the_batch(client: httpx.AsyncClient, there: Destination) -> None:
    response = await client.post("/v1/shops/main/orders", json=[ORDER, ORDER | {"total": "much"}])
    assert response.json()["problems"][0]["at"] == "body.1.total"
    assert there.events == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "data:text/html,x"])
async def test_a_link_is_a_web_address(client: httpx.AsyncClient, url: str) -> None:
    assert (await client.post("/v1/shops/main/visits", json=VISIT | {"url": url})).status_code == 422


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", f"Bearer {KEY}x", "Bearer \xff"])
async def test_without_the_key_nothing_is_read(client: httpx.AsyncClient, there: Destination, header: str) -> None:
    headers = {"authorization": header.encode("latin-1")}
    response = await client.post("/v1/shops/main/orders", content=b"not even json", headers=headers)
    assert response.status_code == 401
    assert there.events == []


async def test_without_a_configured_key_everything_is_refused(spool: Spool, there: Destination) -> None:
    response = await client_for(Intake(spool, there.deliver), None).post("/v1/shops/main/orders", json=ORDER)
    assert (response.status_code, response.json()["code"]) == (403, "commerce_not_configured")


@pytest.mark.parametrize("shop", ["a b", "a|b", "x" * 101])
async def test_a_shop_has_a_plain_name(client: httpx.AsyncClient, shop: str) -> None:
    assert (await client.post(f"/v1/shops/{shop}/orders", json=ORDER)).status_code == 422


async def test_spools_while_kafka_is_away_and_says_503_when_full(
    client: httpx.AsyncClient, there: Destination, spool: Spool
) -> None:
    there.away = True
    assert (await client.post("/v1/shops/main/orders", json=ORDER)).status_code == 202
    (entry,) = await spool.oldest(1, 1)
    assert payload(unpack(entry.body)[0]).shop == "main"
    while (response := await client.post("/v1/shops/main/orders", json=ORDER)).status_code == 202:
        pass
    assert response.status_code == 503


async def test_too_large_is_413(client: httpx.AsyncClient) -> None:
    body = b"[" + b" " * api.BODY_CAP + b"]"
    assert (await client.post("/v1/shops/main/orders", content=body)).status_code == 413


async def test_the_openapi_page_describes_the_bodies(client: httpx.AsyncClient) -> None:
    page = (await client.get("/openapi.json")).json()
    body = page["paths"]["/v1/shops/{shop}/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["oneOf"][0] == {"$ref": "#/components/schemas/Order"}
    references = {
        part.split('"')[0].removeprefix("#/components/schemas/")
        for part in json.dumps(page).split('"$ref": "')[1:]
    }
    assert references <= page["components"]["schemas"].keys()
    assert (await client.get("/docs")).status_code == 200


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=100)
    | st.recursive(
        st.none() | st.text() | st.integers() | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*ORDER, "id", "email", "phone", "updated_at"]), inner)
        ),
        max_leaves=12,
    ).map(lambda v: json.dumps(v).encode())
)
async def test_no_body_makes_it_fail(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/v1/shops/main/orders", content=body)
    assert response.status_code in (202, 422)


def test_packing_keeps_everything() -> None:
    events = [
        to_event("main", Visit.model_validate(VISIT | {"visit_id": f"{n}\n"}), datetime.now(UTC), None)
        for n in range(3)
    ]
    assert [serialize(e) for e in unpack(pack(events))] == [serialize(e) for e in events]
