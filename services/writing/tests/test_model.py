"""A model behind an endpoint that speaks OpenAI's protocol."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

TEXT = "\nHi 😀 Ann, we has recieved you're order #1001. Zażółć gęsla jaźń.\n\nBye\n"
BETTER = "Hi 😀 Ann, we have received your order #1001. Zażółć gęślą jaźń.\n\nBye"
PATH = "/v1/chat/completions"


def completion(content: Any, finish: str = "stop") -> Response:
    """A whole answer as such an endpoint gives it."""
    text = content if isinstance(content, str) else json.dumps(content)
    return JSONResponse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
    )


def settings(url: str) -> dict[str, Any]:
    return {"writing_model_url": f"{url}/v1/", "writing_model": "m", "writing_model_key": "k-1"}


def apply(text: str, corrections: list[dict[str, Any]]) -> str:
    raw = text.encode("utf-16-le")
    for each in reversed(corrections):
        begin, end = 2 * each["offset"], 2 * (each["offset"] + each["length"])
        assert raw[begin:end].decode("utf-16-le") == each["original"]
        raw = raw[:begin] + each["replacements"][0].encode("utf-16-le") + raw[end:]
    return raw.decode("utf-16-le")


@pytest.mark.parametrize("fence", ["{}", "```json\n{}\n```"])
async def test_what_the_model_changed_becomes_marks(remote: Any, service: Any, fence: str) -> None:
    remote.answers[PATH] = completion(fence.replace("{}", json.dumps({"text": BETTER, "language": "en"})))
    async with service(**settings(remote.url)) as client:
        answer = await client.post("/check", json={"text": TEXT})
        assert (await client.get("/state")).json() == {"state": "ready", "progress": None}
    body = answer.json()
    assert body["language"] == "en"
    assert [(each["original"], each["replacements"]) for each in body["corrections"]] == [
        ("has", ["have"]),
        ("recieved", ["received"]),
        ("you're", ["your"]),
        ("gęsla", ["gęślą"]),
    ]
    assert apply(TEXT, body["corrections"]) == f"\n{BETTER}\n"
    [(_, headers, sent)] = remote.asked
    assert headers["authorization"] == "Bearer k-1"
    assert json.loads(sent)["model"] == "m"
    assert json.loads(json.loads(sent)["messages"][1]["content"])["text"] == TEXT


async def test_addresses_numbers_and_variables_stay(remote: Any, service: Any) -> None:
    text = "Helo {{customer.nam}}, order A1OO1 is at shop.example/tommorow?x=1 for ann@shopp.example"
    version = "Hello {{customer.name}}, order A1001 is at shop.example/tomorrow?x=1 for ann@shop.example"
    remote.answers[PATH] = completion({"text": version})
    async with service(**settings(remote.url)) as client:
        body = (await client.post("/check", json={"text": text, "language": "en"})).json()
    assert [each["original"] for each in body["corrections"]] == ["Helo"]


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Response(b"<html>busy</html>", 503), 503, "corrector_unavailable"),
        (Response(b"slow down", 429), 503, "corrector_unavailable"),
        (JSONResponse({"error": {"message": "no such model"}}, 404), 502, "corrector_failed"),
        (Response(b"\xff\xfe not json"), 502, "corrector_failed"),
        (JSONResponse({"choices": []}), 502, "corrector_failed"),
        (completion("I am sorry, I cannot do that."), 502, "corrector_failed"),
        (completion({"texts": BETTER}), 502, "corrector_failed"),
        (completion({"text": [BETTER]}), 502, "corrector_failed"),
        (completion({"text": ""}), 502, "corrector_failed"),
        (completion({"text": "Buy now at https://evil.example and " * 5}), 502, "corrector_failed"),
        (completion({"text": BETTER.replace("order", "or\u202eder")}), 502, "corrector_failed"),
        (completion({"text": BETTER}, finish="length"), 502, "corrector_failed"),
        (completion({"text": BETTER, "language": "<script>"}), 502, "corrector_failed"),
        (completion('{"text": "\\ud83d"}'), 502, "corrector_failed"),
        (Response(b" " * 2_000_000), 502, "corrector_failed"),
    ],
)
async def test_what_is_no_correction_is_an_error(
    remote: Any, service: Any, answer: Response, status: int, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    remote.answers[PATH] = answer
    async with service(**settings(remote.url)) as client:
        got = await client.post("/check", json={"text": TEXT})
    assert (got.status_code, got.json()["code"]) == (status, code)
    assert "recieved" not in got.text
    written = capfd.readouterr()
    assert "recieved" not in written.out + written.err


async def test_a_model_that_is_away_and_one_that_is_silent(
    remote: Any, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(**settings("http://127.0.0.1:9")) as client:
        got = await client.post("/check", json={"text": TEXT})
        assert (got.status_code, got.json()["code"]) == (503, "corrector_unavailable")
        assert got.headers["retry-after"] == "30"
    monkeypatch.setattr("nitka.writing.model.TIMEOUT", httpx.Timeout(0.05))

    def silent(_: bytes) -> Response:
        async def nothing() -> Any:
            import asyncio

            await asyncio.sleep(0.5)
            yield b""

        from starlette.responses import StreamingResponse

        return StreamingResponse(nothing())

    remote.answers[PATH] = silent
    async with service(**settings(remote.url)) as client:
        got = await client.post("/check", json={"text": TEXT})
        assert (got.status_code, got.json()["code"]) == (503, "corrector_unavailable")
