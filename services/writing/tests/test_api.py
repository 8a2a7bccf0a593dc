"""Who may ask, what, and what the service says without a corrector."""

from __future__ import annotations

from typing import Any

import pytest

from nitka.runtime.tokens import Role


async def test_agents_only(service: Any) -> None:
    for role in (Role.ANALYST, Role.SERVICE):
        async with service(role=role) as client:
            assert (await client.post("/check", json={"text": "Hi"})).status_code == 403
            assert (await client.get("/state")).status_code == 403
    async with service() as client:
        client.event_hooks = {}
        assert (await client.post("/check", json={"text": "Hi"})).status_code == 401


async def test_without_a_corrector(service: Any) -> None:
    async with service() as client:
        assert (await client.get("/state")).json()["state"] == "not_configured"
        got = await client.post("/check", json={"text": "Hi"})
        assert (got.status_code, got.json()["code"]) == (503, "not_configured")
        assert (await client.get("/readyz")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "x" * 20_001},
        {"text": "a", "language": "auto; drop"},
        {"text": "a", "keep": ["x" * 101]},
        {"text": "a", "keep": [""]},
    ],
)
async def test_what_does_not_fit_is_refused_without_quoting_it(service: Any, body: dict[str, Any]) -> None:
    async with service(languagetool="http://127.0.0.1:9") as client:
        got = await client.post("/check", json=body)
    assert got.status_code == 422
    assert "xxxx" not in got.text


async def test_half_an_emoji_is_no_text(service: Any) -> None:
    async with service(languagetool="http://127.0.0.1:9") as client:
        got = await client.post(
            "/check", content=b'{"text": "a \\ud83d b"}', headers={"content-type": "application/json"}
        )
    assert got.status_code == 422


async def test_nothing_to_check_asks_nobody(service: Any) -> None:
    async with service(languagetool="http://127.0.0.1:9") as client:
        got = await client.post("/check", json={"text": " \n"})
    assert got.json()["corrections"] == []


@pytest.mark.parametrize(
    "settings", [{"writing_model_url": "http://m.example"}, {"languagetool_command": "languagetool"}]
)
async def test_half_a_configuration_is_refused(service: Any, settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="needs NITKA_"):
        async with service(**settings):
            pass
