from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.stack


async def test_the_app_is_served_and_every_route_of_its_own_shows_it(
    gateway: Any, visit: Any, tmp_path: Path
) -> None:
    ui = tmp_path / "ui"
    (tmp_path / "secret.txt").write_text("not yours")
    async with gateway() as app, visit(app) as client:
        missing = await client.get("/")
        assert missing.status_code == 503 and "not built" in missing.text

        (ui / "assets").mkdir(parents=True)
        (ui / "index.html").write_text("<!doctype html><title>Nitka</title>")
        (ui / "assets" / "app-abc123.js").write_text("export {}")
        (ui / "favicon.svg").write_text("<svg/>")
        for path in ("/", "/index.html", "/inbox?q=x", "/conversations/42", "/healthz/x"):
            page = await client.get(path)
            assert page.status_code == 200 and "<title>Nitka" in page.text
            assert page.headers["cache-control"] == "no-store"
            policy = page.headers["content-security-policy"]
            assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        script = await client.get("/assets/app-abc123.js")
        assert "immutable" in script.headers["cache-control"] and "javascript" in script.headers["content-type"]
        assert (await client.get("/favicon.svg")).headers["cache-control"] == "no-cache"
        assert (await client.get("/assets/gone.js")).status_code == 404
        assert (await client.get("/api/nothing")).status_code == 404
        for path in (
            "/..%2fsecret.txt",
            "/%2e%2e/secret.txt",
            "/assets/..%2f..%2fsecret.txt",
            "/a%00b",
            "/" + "a" * 5000,
        ):
            assert "not yours" not in (await client.get(path)).text


async def test_health_says_what_is_missing(gateway: Any, visit: Any) -> None:
    async with gateway(kafka="127.0.0.1:9") as app, visit(app) as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert answer.status_code == 503 and [f.split(":")[0] for f in answer.json()["failing"]] == ["live"]
        assert answer.headers["x-content-type-options"] == "nosniff"
