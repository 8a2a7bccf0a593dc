"""A WhatsApp payload builder and a Graph API to send to."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

ACCOUNT = "555001"


@pytest.fixture
def payload() -> Callable[..., bytes]:
    """Builds a signed-ready webhook body around messages or statuses."""

    def build(*, messages: list[Any] | None = None, statuses: list[Any] | None = None, **extra: Any) -> bytes:
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "48 22 555-0001", "phone_number_id": ACCOUNT},
            "contacts": [{"profile": {"name": "Ann Nowak"}, "wa_id": "48600100200"}],
            **({"messages": messages} if messages is not None else {}),
            **({"statuses": statuses} if statuses is not None else {}),
            **extra,
        }
        change = {"field": "messages", "value": value}
        return json.dumps(
            {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
        ).encode()

    return build


class BrokenResponse(Response):
    """Takes the request and ends the connection in the middle of the answer."""

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": False})


class FakeGraph:
    """Speaks the Cloud API's `messages` endpoint; `answers` are given in turn, then it accepts everything."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: list[Response] = []
        self.asked = asyncio.Event()

    async def take(self, account: str, request: Request) -> Response:
        body = await request.json()
        self.requests.append((account, request.headers.get("authorization", ""), body))
        self.asked.set()
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            return answer
        wamid = f"wamid.{len(self.requests)}"
        contact = {"input": body.get("to"), "wa_id": str(body.get("to")).lstrip("+")}
        return JSONResponse({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]})


@pytest.fixture
def broken() -> Response:
    """An answer for `graph.answers` that breaks off."""
    return BrokenResponse()


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    fake = FakeGraph()
    app = FastAPI()
    app.post("/v23.0/{account}/messages")(fake.take)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        fake.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v23.0"
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield fake
        finally:
            server.should_exit = True
            await serving
