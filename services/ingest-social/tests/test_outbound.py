"""Sending: what is asked of WhatsApp, what its answers mean, and that nothing is sent twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.responses import JSONResponse, Response
from hypothesis import given
from hypothesis import strategies as st
from psycopg_pool import AsyncConnectionPool
from pydantic import SecretStr

from nitka.events import (
    SYSTEM,
    Attachment,
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
    MessageRequested,
    RatingAsk,
    derived_id,
    envelope,
)
from nitka.events.wire import Event
from nitka.ingest_social import store
from nitka.ingest_social.consumers import Sender
from nitka.ingest_social.domain import Outcome, Refused, Throttled, answer, request
from nitka.ingest_social.graph import GraphApi
from nitka.runtime import postgres
from nitka.runtime.consumer import Delivery
from nitka.runtime.publisher import Record

ANN = ContactPoint(kind=ContactKind.PHONE, value="+48600100200")
TOKEN = SecretStr("graph-token")


def requested(**changes: Any) -> MessageRequested:
    fields: dict[str, Any] = {
        "conversation_id": UUID(int=1),
        "message_id": uuid4(),
        "channel": Channel.WHATSAPP,
        "account": "555001",
        "to": (ANN,),
        "text": "On its way.",
        "external_id": "x@nitka",
    }
    return MessageRequested(**(fields | changes))


def delivery(message: MessageRequested) -> Delivery:
    now = datetime.now(UTC)
    event_id = derived_id("test", str(message.message_id), str(message.attempt))
    cause = envelope(message, event_id=event_id, actor=SYSTEM, occurred_at=now, recorded_at=now)
    return Delivery(Event(cause, message), str(message.conversation_id), 0, 0)


def test_the_request_is_the_cloud_apis() -> None:
    message = requested(message_id=UUID(int=2), attempt=3)
    assert request(message) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+48600100200",
        "type": "text",
        "text": {"preview_url": False, "body": "On its way."},
        "biz_opaque_callback_data": f"{UUID(int=1)}/{UUID(int=2)}/3",
    }


def test_the_question_for_a_rating_is_a_list_of_five() -> None:
    """Within the limits of https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages"""
    asked = RatingAsk(question="q" * 1024, token="t" * 150, link="https://inbox.example/rate/t")
    body = request(requested(rating=asked, automatic=True))
    assert (body["type"], "text" in body, body["to"]) == ("interactive", False, "+48600100200")
    assert body["biz_opaque_callback_data"].startswith(str(UUID(int=1)))
    shown = body["interactive"]
    assert (shown["type"], shown["body"]) == ("list", {"text": "q" * 1024})
    (section,) = shown["action"]["sections"]
    assert 0 < len(shown["action"]["button"]) <= 20
    assert 0 < len(section["title"]) <= 24
    assert [row["title"].count("★") for row in section["rows"]] == [5, 4, 3, 2, 1]
    assert len({row["id"] for row in section["rows"]}) == 5
    assert all(
        len(r["title"]) <= 24 and len(r["id"]) <= 200 and len(r["description"]) <= 72 for r in section["rows"]
    )


def test_outside_of_the_24_hours_the_reason_is_plain() -> None:
    told = {"error": {"code": 131047, "message": "(#131047) Re-engagement message", "type": "OAuthException"}}
    found = answer(400, json.dumps(told).encode())
    assert isinstance(found, Outcome)
    assert (found.state, "24 hours" in (found.reason or "")) == (DeliveryState.FAILED, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "../me"},
        {"redirect_of": "sha256/0"},
        {"to": (ContactPoint(kind=ContactKind.EMAIL, value="ann@example.com"),)},
        {"attachments": (Attachment(blob="sha256/0", filename="a", media_type="a/b", size=1),)},
    ],
)
def test_what_cannot_go_out_is_refused_with_a_reason(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"\w"):
        request(requested(**changes))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"messages":[{"id":"wamid.1"}]}', Outcome(DeliveryState.SENT, "wamid.1")),
        (200, b"<html>", DeliveryState.UNCONFIRMED),
        (200, b'{"messages":[]}', DeliveryState.UNCONFIRMED),
        (400, b'{"error":{"code":131047,"message":"(#131047) Too late"}}', DeliveryState.FAILED),
        (401, b"", DeliveryState.FAILED),
        (302, b"", DeliveryState.FAILED),
        (500, b'{"error":{"code":131000,"message":"Something went wrong"}}', DeliveryState.UNCONFIRMED),
        (400, b'{"error":{"code":130429,"message":"Rate limit"}}', Throttled("Rate limit (130429)")),
        (429, b"", Throttled("WhatsApp answered 429.")),
    ],
)
def test_what_answers_mean(status: int, body: bytes, expected: Outcome | Throttled | DeliveryState) -> None:
    found = answer(status, body)
    if isinstance(expected, DeliveryState):
        assert isinstance(found, Outcome)
        assert found.reason
        assert found.state is expected
    else:
        assert found == expected


@given(st.integers(100, 599), st.binary(max_size=100))
def test_any_answer_means_something(status: int, body: bytes) -> None:
    assert isinstance(answer(status, body), Outcome | Throttled)


class TestGraphApi:
    async def test_sends_with_the_token(self, graph: Any) -> None:
        api = GraphApi(graph.url, TOKEN)
        assert await api.send("555001", {"to": "+48600100200"}) == Outcome(DeliveryState.SENT, "wamid.1")
        assert graph.requests == [("555001", "Bearer graph-token", {"to": "+48600100200"})]
        await api.close()

    async def test_waits_when_too_fast_and_then_sends(self, graph: Any) -> None:
        graph.answers = [Response(status_code=429), JSONResponse({"error": {"code": 131056}}, 400)]
        api = GraphApi(graph.url, TOKEN, pauses=(0, 0))
        assert (await api.send("555001", {})).state is DeliveryState.SENT
        assert len(graph.requests) == 3
        await api.close()

    async def test_gives_up_with_the_reason(self, graph: Any) -> None:
        graph.answers = [Response(status_code=429)] * 2
        api = GraphApi(graph.url, TOKEN, pauses=(0,))
        assert await api.send("555001", {}) == Outcome(DeliveryState.FAILED, reason="WhatsApp answered 429.")
        await api.close()

    async def test_a_broken_connection_is_unconfirmed_and_not_repeated(self, graph: Any, broken: Response) -> None:
        graph.answers = [broken]
        api = GraphApi(graph.url, TOKEN, pauses=(0, 0))
        assert (await api.send("555001", {})).state is DeliveryState.UNCONFIRMED
        assert len(graph.requests) == 1
        await api.close()

    async def test_an_api_that_cannot_be_reached_is_a_failure(self) -> None:
        api = GraphApi("http://127.0.0.1:9/v23.0", TOKEN, pauses=(0,))
        assert (await api.send("555001", {})).state is DeliveryState.FAILED
        await api.close()

    async def test_without_a_token_nothing_is_sent(self, graph: Any) -> None:
        api = GraphApi(graph.url, None)
        outcome = await api.send("555001", {})
        assert outcome.state is DeliveryState.FAILED
        assert "NITKA_WHATSAPP_TOKEN" in (outcome.reason or "")
        assert graph.requests == []
        await api.close()


class Receipts:
    """Collects what would be published."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def publish(self, *records: Record) -> None:
        self.records += records


@pytest.fixture
async def attempts(postgres_dsn: str) -> Any:
    store.migrate(postgres_dsn)
    store.migrate(postgres_dsn)
    pool: AsyncConnectionPool = postgres.pool(postgres_dsn, store.SCHEMA)
    async with pool:
        yield store.Attempts(pool)


@pytest.mark.stack
class TestAtMostOnce:
    async def test_a_redelivery_repeats_the_receipt_not_the_message(self, attempts: Any, graph: Any) -> None:
        api, receipts = GraphApi(graph.url, TOKEN), Receipts()
        sender = Sender(attempts, api, receipts)  # type: ignore[arg-type]
        given = delivery(requested())
        await sender.handle([given])
        await sender.handle([given])
        assert len(graph.requests) == 1
        first, second = receipts.records
        assert first.key == str(UUID(int=1))
        assert first.headers["ce_id"] == second.headers["ce_id"]
        assert b'"state":"sent"' in second.value
        assert b'"provider_id":"wamid.1"' in second.value
        await api.close()

    async def test_a_retry_by_the_agent_is_a_new_attempt(self, attempts: Any, graph: Any) -> None:
        api, receipts = GraphApi(graph.url, TOKEN), Receipts()
        sender = Sender(attempts, api, receipts)  # type: ignore[arg-type]
        message = requested()
        await sender.handle([delivery(message), delivery(message.model_copy(update={"attempt": 2}))])
        assert len(graph.requests) == 2
        assert len({r.headers["ce_id"] for r in receipts.records}) == 2
        await api.close()

    async def test_an_attempt_that_nobody_finished_is_unconfirmed(self, attempts: Any, graph: Any) -> None:
        api, receipts = GraphApi(graph.url, TOKEN), Receipts()
        message = requested()
        assert await attempts.begin(message) is None, "a process records its intent and dies"
        await Sender(attempts, api, receipts).handle([delivery(message)])  # type: ignore[arg-type]
        assert graph.requests == []
        assert b'"state":"unconfirmed"' in receipts.records[0].value
        await api.close()

    async def test_other_channels_are_left_alone(self, attempts: Any, graph: Any) -> None:
        api, receipts = GraphApi(graph.url, TOKEN), Receipts()
        await Sender(attempts, api, receipts).handle([delivery(requested(channel=Channel.EMAIL))])  # type: ignore[arg-type]
        assert (graph.requests, receipts.records) == ([], [])
        await api.close()
