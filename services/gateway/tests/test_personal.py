"""Preferences and saved views: whose they are, and who is told."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI, Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nitka.api.personal import SaveView
from nitka.gateway.domain import VIEWS_MAX, Role
from nitka.gateway.store.streams import Stream

PASSWORD = "correct horse battery"
DEADLINE = 30.0


@pytest.mark.parametrize("search", ["", "?status=closed&label=a&label=b%20c", "q=ann%40example.com", "?q=%C5%82"])
def test_the_search_part_of_an_address_is_taken_as_it_is(search: str) -> None:
    assert SaveView(name=" Mine ", search=search).model_dump() == {
        "name": "Mine",
        "search": search,
        "shared": False,
    }


@pytest.mark.parametrize(
    "search", ["?q=a b", "?q=<b>", "?q=%zz", "?q=%ff", "?a=1#b", "?q=\x00", "?" + "a&" * 200, "a" * 2001, "?q=ł"]
)
def test_what_is_no_search_part_is_refused(search: str) -> None:
    with pytest.raises(ValidationError):
        SaveView(name="x", search=search)


@given(st.text())
def test_a_search_never_leads_away(text: str) -> None:
    try:
        search = SaveView(name="x", search=text).search
    except ValidationError:
        return
    assert not set(search) & set(' <>"#\\\r\n\t')


async def told(stream: Stream) -> str:
    async with asyncio.timeout(DEADLINE):
        return await stream.said()


def stream_at(app: FastAPI, agent_id: str, tab: str = "") -> Stream:
    """A stream that is open in this gateway."""
    stream = Stream(b"key", agent_id, Role.AGENT, tab)
    app.state.parts.streams.add(stream)
    return stream


@pytest.mark.stack
async def test_preferences_follow_the_agent_and_their_other_tabs_are_told(gateway: Any, sign_in: Any) -> None:
    async with (
        gateway() as app,
        sign_in(app) as client,
        sign_in(app) as other,
        sign_in(app, "ola@nitka.example") as ola,
    ):
        defaults = (await client.get("/api/preferences")).json()
        assert defaults == {
            "enter_to_send": False,
            "undo_seconds": 5,
            "sound": True,
            "desktop": False,
            "shortcuts": True,
            "language": "auto",
            "theme": "auto",
        }
        me = (await client.get("/api/session")).json()["id"]
        same, another = stream_at(app, me, "t1"), stream_at(app, me, "t2")
        chosen = {**defaults, "undo_seconds": 20, "language": "pt-BR", "theme": "dark", "enter_to_send": True}
        answer = await client.put("/api/preferences", json=chosen, headers={"x-nitka-tab": "t1"})
        assert answer.json() == chosen
        assert '"what":"preferences"' in await told(another)
        assert not same.waits()
        assert (await other.get("/api/preferences")).json() == chosen
        assert (await ola.get("/api/preferences")).json() == defaults
        for wrong in ({"undo_seconds": 7}, {"language": "de"}, {"theme": "pink"}, {"sound": "loud"}):
            assert (await client.put("/api/preferences", json={**chosen, **wrong})).status_code == 422
        assert (await other.get("/api/preferences")).json() == chosen
        assert (await client.put("/api/preferences", json=defaults)).status_code == 200


@pytest.mark.stack
async def test_views_are_their_owners_and_shared_ones_everybodys(gateway: Any, sign_in: Any, hears: Any) -> None:
    async with gateway() as app:
        await hears(app)
        accounts = app.state.parts.accounts
        await accounts.put("sam@nitka.example", "Sam", Role.SUPERVISOR, PASSWORD)
        await accounts.put("eva@nitka.example", "Eva", Role.ANALYST, PASSWORD)
        async with (
            sign_in(app, "ola@nitka.example") as ola,
            sign_in(app, "joao@nitka.example") as joao,
            sign_in(app, "sam@nitka.example") as sam,
            sign_in(app, "eva@nitka.example") as eva,
        ):
            answer = await ola.post("/api/views", json={"name": "Returns", "search": "?label=return"})
            assert answer.status_code == 201
            view = answer.json()
            path = f"/api/views/{view['id']}"
            assert (await ola.get("/api/views")).json() == [view]
            for other in (joao, sam):  # nobody else knows of it
                assert (await other.get("/api/views")).json() == []
                assert (await other.put(path, json=view)).status_code == 404
                assert (await other.delete(path)).status_code == 404

            everybody = stream_at(app, "somebody")
            shared = (await ola.put(path, json={**view, "shared": True})).json()
            assert f'{{"what":"views","key":"{view["id"]}","tab":""}}' in await told(everybody)
            assert (await joao.get("/api/views")).json() == [shared]
            assert (await joao.put(path, json=shared)).status_code == 403
            assert (await joao.delete(path)).status_code == 403
            renamed = (await sam.put(path, json={**shared, "name": "All returns"})).json()
            assert renamed == {**shared, "name": "All returns"}
            assert (await sam.delete(path)).status_code == 204
            assert (await ola.get("/api/views")).json() == []
            assert (await ola.delete(path)).status_code == 404

            assert (await eva.get("/api/views")).status_code == 403
            assert (await eva.post("/api/views", json=view)).status_code == 403
            assert (await ola.put(f"/api/views/{uuid4()}", json=view)).status_code == 404


@pytest.mark.stack
async def test_views_are_not_without_end(gateway: Any, sign_in: Any) -> None:
    async with gateway() as app, sign_in(app) as client:
        made = []
        for number in range(VIEWS_MAX):
            made.append((await client.post("/api/views", json={"name": str(number), "search": ""})).json()["id"])
        refused = await client.post("/api/views", json={"name": "one more", "search": ""})
        assert refused.status_code == 409 and refused.json()["code"] == "too_many_views"
        for each in made:
            assert (await client.delete(f"/api/views/{each}")).status_code == 204


@pytest.mark.stack
async def test_an_unexpected_error_is_guarded_too(gateway: Any, visit: Any) -> None:
    async with gateway() as app:

        @app.get("/api/broken")
        async def broken() -> Response:
            raise ZeroDivisionError

        app.router.routes.insert(0, app.router.routes.pop())  # before the app's files
        async with visit(app, raise_app_exceptions=False) as client:
            answer = await client.get("/api/broken")
        assert answer.status_code == 500 and answer.json()["code"] == "internal_error"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
