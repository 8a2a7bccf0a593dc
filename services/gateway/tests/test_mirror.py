"""The gateway in front of an owner that answers whatever a test wants: what goes on, what comes back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from nitka.gateway.api import conversations
from nitka.gateway.domain import Role as DomainRole
from nitka.gateway.store.streams import Stream
from nitka.runtime import http
from nitka.runtime.tokens import CurrentCaller, Role

pytestmark = pytest.mark.stack


class Owner:
    """A service that checks the internal token and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, bytes, Any]] = []
        self.answers: dict[str, Response] = {}

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            yield

        self.app = http.create_api("owner", SecretStr("s" * 32), lifespan=lifespan, checks={})

        @self.app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
        async def anything(path: str, request: Request, caller: CurrentCaller) -> Response:
            self.asked.append((request.method, f"/{path}", request.url.query, await request.body(), caller))
            return self.answers.get(f"/{path}") or Response(b'{"as": "sent"}', media_type="application/json")


@pytest.fixture
async def owner(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Owner]:
    found = Owner()
    server = uvicorn.Server(uvicorn.Config(found.app, port=0, log_config=None))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    for name in ("CONVERSATION", "ROUTING", "CUSTOMER_PROFILE", "REPORTING", "WRITING", "INGEST_EMAIL"):
        monkeypatch.setenv(f"NITKA_{name}_URL", f"http://127.0.0.1:{port}")
    yield found
    server.should_exit = True
    await running


async def test_a_request_goes_on_as_the_agents_own_with_declared_parameters_only(
    gateway: Any, sign_in: Any, owner: Owner
) -> None:
    async with gateway() as app, sign_in(app) as client:
        url = "/api/conversations?status=open&label=vip&label=slow&limit=10&as=admin&sort=waiting"
        answer = await client.get(url)
        assert (answer.status_code, answer.content) == (200, b'{"as": "sent"}')
        assert answer.headers["cache-control"] == "no-store"
        [(method, path, query, _, caller)] = owner.asked
        assert (method, path) == ("GET", "/conversations")
        assert query == "status=open&label=vip&label=slow&sort=waiting&limit=10"
        assert (caller.role, caller.name) == (Role.ADMIN, "Demo")
        assert caller.id == (await client.get("/api/session")).json()["id"]


async def test_the_state_of_mail_comes_from_its_owner_who_knows_who_may_see_it(
    gateway: Any, sign_in: Any, owner: Owner
) -> None:
    async with gateway() as app, sign_in(app) as client:
        assert (await client.get("/api/mail/state")).status_code == 200
        [(method, path, *_, caller)] = owner.asked
        assert (method, path, caller.role) == ("GET", "/accounts", Role.ADMIN)
        refusal = b'{"status": 403, "code": "forbidden", "detail": "no"}'
        owner.answers["/accounts"] = Response(refusal, 403, media_type="application/problem+json")
        answer = await client.get("/api/mail/state")
        assert (answer.status_code, answer.content) == (403, refusal)


async def test_a_command_goes_on_unchanged_and_a_refusal_comes_back_unchanged(
    gateway: Any, sign_in: Any, owner: Owner
) -> None:
    some_id = uuid4()
    refusal = b'{"status": 409, "code": "conversation_closed", "detail": "closed"}'
    owner.answers[f"/conversations/{some_id}/reply"] = Response(
        refusal, 409, media_type="application/problem+json"
    )
    async with gateway() as app, sign_in(app) as client:
        body = f'{{"command_id": "{uuid4()}",   "text": "Zażółć"}}'.encode()
        headers = {"content-type": "application/json"}
        answer = await client.post(f"/api/conversations/{some_id}/reply", content=body, headers=headers)
        assert (answer.status_code, answer.content) == (409, refusal)
        assert answer.headers["content-type"] == "application/problem+json"
        assert owner.asked[0][3] == body


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("assign", {"assignee": "EVA"}),
        ("follow", {"agent_id": "EVA"}),
        ("notes", {"text": "@Eva, please look", "mentions": ["ola", "EVA"]}),
        ("/settings/rules", {"name": "To Eva", "actions": [{"kind": "assign", "agent_id": "EVA"}]}),
    ],
)
async def test_an_analyst_is_given_no_conversation(
    gateway: Any, sign_in: Any, owner: Owner, path: str, body: dict[str, Any]
) -> None:
    async with gateway() as app, sign_in(app) as client:
        accounts = app.state.parts.accounts
        for role in (DomainRole.ANALYST, DomainRole.AGENT):
            eva = await accounts.put("eva@nitka.example", "Eva", role, "correct horse battery")
            given = json.loads(json.dumps(body).replace("EVA", eva.id))
            url = f"/api{path}" if path[0] == "/" else f"/api/conversations/{uuid4()}/{path}"
            command = {} if path[0] == "/" else {"command_id": str(uuid4())}
            answer = await client.post(url, json=command | given)
            if role is DomainRole.ANALYST:
                assert (answer.status_code, answer.json()["code"], owner.asked) == (422, "not_a_worker", [])
                assert answer.json()["detail"].startswith("Eva cannot open conversations")
            else:
                assert answer.status_code == 200, answer.text


async def test_what_was_read_and_drafted_is_told_to_the_agents_other_tabs_once_it_is_done(
    gateway: Any, sign_in: Any, hears: Any, owner: Owner
) -> None:
    some_id, refused = uuid4(), uuid4()
    for path in (f"/drafts/{some_id}", f"/conversations/{some_id}/unread"):
        owner.answers[path] = Response(status_code=204)
    owner.answers[f"/drafts/{refused}"] = Response(b"{}", 409, media_type="application/problem+json")
    async with gateway() as app, sign_in(app) as client:
        await hears(app)
        me = (await client.get("/api/session")).json()["id"]
        stream = Stream(b"key", me, DomainRole.AGENT, "")
        app.state.parts.streams.add(stream)
        assert (await client.put(f"/api/drafts/{refused}?anew=1", json={"text": "Hello"})).status_code == 409
        assert owner.asked[-1][1:3] == (f"/drafts/{refused}", "anew=true")
        version = {"since": "2026-03-02T12:00:00.000001Z"}
        assert (await client.delete(f"/api/drafts/{refused}", params=version)).status_code == 409
        assert owner.asked[-1][2] == "since=2026-03-02T12%3A00%3A00.000001%2B00%3A00"
        assert (await client.put(f"/api/drafts/{some_id}", json={"text": "Hello"})).status_code == 204
        assert (await client.post(f"/api/conversations/{some_id}/unread", json={})).status_code == 204
        words = ""
        async with asyncio.timeout(30):
            while "read" not in words:
                words += await stream.said()
        draft, read = (f'{{"what":"{what}","key":"{some_id}","tab":""}}' for what in ("draft", "read"))
        assert words == f"event: mine\ndata: {draft}\n\nevent: mine\ndata: {read}\n\n"


async def test_what_does_not_fit_the_api_never_reaches_the_owner(gateway: Any, sign_in: Any, owner: Owner) -> None:
    async with gateway() as app, sign_in(app) as client:
        for method, url, body in (
            ("GET", "/api/conversations/..%2Fratings/x", None),
            ("GET", "/api/conversations/42", None),
            ("GET", "/api/conversations?limit=100000", None),
            ("POST", f"/api/conversations/{uuid4()}/close", {"command_id": "no"}),
            ("POST", f"/api/conversations/{uuid4()}/close", {"command_id": str(uuid4()), "more": 1}),
        ):
            answer = await client.request(method, url, json=body)
            assert answer.status_code in (404, 422), url
        assert owner.asked == []


async def test_trouble_between_the_services_is_not_the_agents_session(
    gateway: Any, sign_in: Any, owner: Owner
) -> None:
    owner.answers["/labels"] = Response(b"{}", 401, media_type="application/problem+json")
    async with gateway() as app, sign_in(app) as client:
        assert (await client.get("/api/labels")).status_code == 502
    async with gateway(conversation_url="http://127.0.0.1:9") as app, sign_in(app) as client:
        answer = await client.get("/api/labels")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_file_reaches_the_browser_as_a_download(gateway: Any, sign_in: Any, owner: Owner) -> None:
    some_id = uuid4()
    path = f"/messages/{some_id}/attachments/0"
    async with gateway() as app, sign_in(app) as client:
        for media_type, disposition, expected in (
            ("application/pdf", "attachment; filename*=UTF-8''a.pdf", "attachment; filename*=UTF-8''a.pdf"),
            ("text/html", "inline", "attachment"),
            ("image/svg+xml", "inline", "attachment"),
            ("image/png", "inline", "inline"),
        ):
            headers = {"content-disposition": disposition, "set-cookie": "nitka=stolen"}
            owner.answers[path] = Response(b"x" * 300_000, headers=headers, media_type=media_type)
            answer = await client.get(f"/api{path}?inline=1")
            assert answer.content == b"x" * 300_000
            assert answer.headers["content-disposition"] == expected
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
            assert "set-cookie" not in answer.headers
        owner.answers[path] = Response(b'{"code": "not_found"}', 404, media_type="application/problem+json")
        assert (await client.get(f"/api{path}")).json() == {"code": "not_found"}


async def test_an_upload_streams_on_and_too_large_a_body_does_not(
    gateway: Any, sign_in: Any, owner: Owner
) -> None:
    async def chunks(mebibytes: int) -> AsyncIterator[bytes]:
        for _ in range(mebibytes):
            yield b"y" * 1024 * 1024

    async with gateway() as app, sign_in(app) as client:
        answer = await client.post("/api/attachments?filename=a.bin", content=chunks(3))
        assert answer.status_code == 200
        assert len(owner.asked[0][3]) == 3 * 1024 * 1024 and owner.asked[0][2] == "filename=a.bin"
        for body in (chunks(21), b"y" * (21 * 1024 * 1024)):
            answer = await client.post("/api/attachments?filename=a.bin", content=body)
            assert answer.status_code == 413
        for body in (chunks(3), b"y" * (3 * 1024 * 1024)):
            headers = {"content-type": "application/json"}
            assert (await client.post("/api/session", content=body, headers=headers)).status_code == 413


async def test_the_rating_page(gateway: Any, visit: Any, owner: Owner) -> None:
    json = "application/json"
    owner.answers["/ratings/good-token"] = Response(b'{"number": 12, "rated": false}', media_type=json)
    owner.answers["/ratings/bad-token"] = Response(b'{"code": "not_found"}', 404, media_type=json)
    async with gateway() as app, visit(app, headers={"x-nitka-request": ""}) as client:
        page = await client.get("/rate/good-token", headers={"accept-language": "pl,en;q=0.5"})
        assert page.status_code == 200 and "Jak oceniasz naszą pomoc?" in page.text and "#12" in page.text
        assert page.text.count('type="radio"') == 5 and "<script" not in page.text
        assert owner.asked[0][4].role is Role.SERVICE
        assert [a[0] for a in owner.asked] == ["GET"]

        chosen = await client.get("/rate/good-token?score=4")
        assert re.findall(r'value="(\d)" required checked', chosen.text) == ["4"]
        odd = await client.get("/rate/good-token", params={"score": '4"><script>'})
        assert " checked" not in odd.text and "<script" not in odd.text
        assert {a[0] for a in owner.asked} == {"GET"}, "a scanner that follows the link rates nothing"

        assert (await client.get("/rate/bad-token")).status_code == 404
        assert (await client.get("/rate/..%2f..%2fconversations")).status_code == 404
        odd = await client.get("/rate/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        assert odd.status_code == 404 and "<script" not in odd.text
        assert {a[1] for a in owner.asked} == {"/ratings/good-token", "/ratings/bad-token"}

        owner.answers["/ratings/good-token"] = Response(status_code=204)
        form = {"score": "5", "comment": "Świetnie <b>!</b>"}
        thanks = await client.post("/rate/good-token", data=form)
        assert thanks.status_code == 200 and "Thank you" in thanks.text
        assert owner.asked[-1][3].decode() == '{"score":5,"comment":"Świetnie <b>!</b>"}'
        for code, status in (("already_rated", 200), ("not_closed", 404), ("merged", 404)):
            refusal = f'{{"code": "{code}"}}'.encode()
            owner.answers["/ratings/good-token"] = Response(refusal, 409, media_type="application/problem+json")
            answer = await client.post("/rate/good-token", data=form)
            assert (answer.status_code, "Thank you" in answer.text) == (status, status == 200), code
        asked = len(owner.asked)
        for bad in ({"score": "6"}, {"comment": "no score"}, {"score": "5", "comment": "x" * 100_000}):
            assert (await client.post("/rate/good-token", data=bad)).status_code == 422
        assert len(owner.asked) == asked


async def test_a_text_is_corrected_by_its_own_service(gateway: Any, sign_in: Any, owner: Owner) -> None:
    refusal = b'{"status": 503, "code": "starting", "detail": "soon"}'
    owner.answers["/check"] = Response(
        refusal, 503, headers={"retry-after": "2"}, media_type="application/problem+json"
    )
    async with gateway() as app, sign_in(app) as client:
        answer = await client.post("/api/writing/check", json={"text": "Zażółć"})
        assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (503, refusal, "2")
        assert (await client.get("/api/writing/state")).json() == {"as": "sent"}
        assert (await client.post("/api/writing/check", json={"text": "x" * 20_001})).status_code == 422
        assert [path for _, path, _, _, _ in owner.asked] == ["/check", "/state"]
        await client.delete("/api/session")
        assert (await client.post("/api/writing/check", json={"text": "Hi"})).status_code == 401
        assert (await client.get("/api/writing/state")).status_code == 401


PAGE = b'{"items": [], "next": "abc"}'


async def test_a_search_goes_on_with_the_customers_whom_the_profile_finds(
    gateway: Any, sign_in: Any, owner: Owner
) -> None:
    customer = uuid4()
    owner.answers["/customers/ids"] = Response(f'["{customer}"]', media_type="application/json")
    owner.answers["/conversations"] = Response(PAGE, media_type="application/json")
    async with gateway() as app, sign_in(app) as client:
        answer = await client.get("/api/conversations?q= SO-1001 &status=open")
        assert answer.content == PAGE
        assert [(path, query) for _, path, query, *_ in owner.asked] == [
            ("/customers/ids", "q=SO-1001"),
            ("/conversations", f"status=open&q=+SO-1001+&found={customer}"),
        ]
        owner.asked.clear()
        await client.get("/api/conversations?q=a&found=" + str(uuid4()))
        assert [(path, query) for _, path, query, *_ in owner.asked] == [("/conversations", "q=a")], "nobody's ids"


@pytest.mark.parametrize("away", ["refuses", "is slow", "is not there"])
async def test_a_search_does_not_wait_for_the_profile_and_says_so(
    gateway: Any, sign_in: Any, owner: Owner, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    if away == "refuses":
        owner.answers["/customers/ids"] = Response(b"{}", 503, media_type="application/problem+json")
    elif away == "is slow":
        monkeypatch.setattr(conversations, "PROFILE_SECONDS", 0.0)
    else:
        monkeypatch.setenv("NITKA_CUSTOMER_PROFILE_URL", "http://127.0.0.1:9")
    owner.answers["/conversations"] = Response(PAGE, media_type="application/json")
    async with gateway() as app, sign_in(app) as client:
        answer = await client.get("/api/conversations?q=anna")
        assert answer.json() == {"items": [], "next": "abc", "incomplete": True}
        assert answer.headers["cache-control"] == "no-store"
