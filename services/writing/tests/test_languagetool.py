"""The real LanguageTool, and a server that speaks its protocol wrongly."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from nitka.local import languagetool
from nitka.local.processes import ToolMissing
from nitka.local.testing import free_port

LANGUAGES = [
    {"name": "English (US)", "code": "en", "longCode": "en-US"},
    {"name": "Polish", "code": "pl", "longCode": "pl-PL"},
]


def match(offset: int, length: int, *values: str, **more: Any) -> dict[str, Any]:
    """A match as LanguageTool tells it."""
    return {
        "message": "m",
        "shortMessage": "",
        "offset": offset,
        "length": length,
        "replacements": [{"value": value} for value in values],
        "rule": {"id": "R", "issueType": "misspelling", "category": {"id": "TYPOS", "name": "Typos"}},
        **more,
    }


async def check(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """The answer, once the corrector has started."""
    async with asyncio.timeout(240):
        while True:
            got = await client.post("/check", json=body)
            if got.status_code != 503:
                break
            assert got.json()["code"] == "starting", got.text
            assert got.headers["retry-after"]
            assert (await client.get("/state")).json()["state"] in ("starting", "fetching", "ready")
            await asyncio.sleep(0.1)
    assert got.status_code == 200, got.text
    found: dict[str, Any] = got.json()
    return found


@pytest.fixture(scope="module")
def embedded() -> Iterator[dict[str, str]]:
    """Settings with which the service starts the embedded LanguageTool."""
    try:
        languagetool.class_path()
    except ToolMissing as missing:
        pytest.skip(str(missing))
    return {
        "languagetool": "",
        "languagetool_command": shlex.join([sys.executable, "-m", "nitka.local.languagetool"]),
    }


@pytest.fixture
def real(embedded: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    port = free_port()
    monkeypatch.setenv("NITKA_LANGUAGETOOL_PORT", str(port))
    monkeypatch.setenv("NITKA_HOME", str(tmp_path))
    return {**embedded, "languagetool": f"http://127.0.0.1:{port}"}


def marked(text: str, answer: dict[str, Any]) -> dict[str, str]:
    """What is marked in the text, counted as a browser counts, and the best replacement."""
    raw = text.encode("utf-16-le")
    found = {}
    for each in answer["corrections"]:
        original = raw[2 * each["offset"] : 2 * (each["offset"] + each["length"])].decode("utf-16-le")
        assert original == each["original"]
        found[original] = each["replacements"][0]
    return found


@pytest.mark.stack
async def test_three_languages_are_corrected_on_demand_and_a_crash_is_survived(
    service: Any, real: dict[str, str], tmp_path: Path
) -> None:
    async with service(**real) as client:
        assert (await client.get("/state")).json()["state"] == "off"
        text = "😀😀 Łukasz, we has recieved order #A1OO1 at www.shopp.example/tommorow. It is a apple , really."
        answer = await check(client, text=text)
        assert answer["language"] == "en-US"
        assert marked(text, answer) == {"has": "have", "recieved": "received", "a": "an", " ,": ","}
        categories = {each["original"]: each["category"] for each in answer["corrections"]}
        assert categories == {"has": "grammar", "recieved": "spelling", "a": "grammar", " ,": "punctuation"}

        text = "🎉 Dzień dobry, dziekuję za wiadomość. Nie wiem czy paczka doszla , pani Kowalskaja pytała."
        answer = await check(client, text=text, keep=["Kowalskaja"], own_language="pl")
        assert answer["language"] == "pl-PL"
        assert set(marked(text, answer)) == {"dziekuję", "", "doszla", " ,"}
        assert marked(text, answer)["doszla"] == "doszła"

        text = "Olá 😀, obrigado pela mensagem. Nós vai enviar o pedido hoje, estamos verificano tudo."
        answer = await check(client, text=text)
        assert answer["language"] == "pt-BR"
        assert marked(text, answer) == {"Nós vai": "Nós vamos", "verificano": "verificado"}

        assert (await check(client, text="Colour", language="en-GB"))["corrections"] == []
        assert marked("Colour", await check(client, text="Colour", language="en-US")) == {"Colour": "Color"}

        for body in (
            {"text": "Merhaba, siparişiniz yarın kargoya verilecek."},
            {"text": "Hello", "language": "tr"},
        ):
            got = await client.post("/check", json=body)
            assert (got.status_code, got.json()["code"]) == (422, "language_not_supported")
            assert got.json()["language"] == "tr"

        os.kill(java_of(tmp_path), signal.SIGKILL)
        async with asyncio.timeout(20):
            while (await client.get("/state")).json()["state"] == "ready":
                await asyncio.sleep(0.05)
        assert marked("a apple", await check(client, text="a apple", language="en")) == {"a": "an"}
        last = java_of(tmp_path)
    assert not Path(f"/proc/{last}").exists()


@pytest.mark.stack
@pytest.mark.faults
async def test_it_does_not_outlive_a_killed_service(real: dict[str, str], tmp_path: Path) -> None:
    """The service is killed; the server that it started goes with it."""
    command = real["languagetool_command"]
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess; subprocess.Popen({command!r}.split()).wait()"]
    )
    try:
        async with asyncio.timeout(240), httpx.AsyncClient(base_url=real["languagetool"]) as client:
            while True:
                try:
                    if (await client.get("/v2/healthcheck")).status_code == 200:
                        break
                except httpx.TransportError:
                    assert parent.poll() is None
                await asyncio.sleep(0.1)
        java = java_of(tmp_path)
    finally:
        parent.kill()
        parent.wait()
    async with asyncio.timeout(20):
        while Path(f"/proc/{java}").exists() and "Z" not in Path(f"/proc/{java}/stat").read_text():
            await asyncio.sleep(0.05)


def java_of(home: Path) -> int:
    """The process of the server with its files in `home`."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if f"{home}/languagetool/server.properties" in line:
            return int(process.name)
    raise AssertionError("no server runs")


async def test_what_goes_out_and_what_comes_back(remote: Any, service: Any) -> None:
    text = "😀 recieved teh"
    remote.answers["/v2/languages"] = JSONResponse(LANGUAGES)
    remote.answers["/v2/check"] = JSONResponse(
        {
            "matches": [
                match(3, 8, "received", *"bcdefg"),
                match(12, 3),
                match(3, 8, "received", rule={"issueType": "style"}),
            ]
        }
    )
    async with service(languagetool=f"{remote.url}/") as client:
        body = (await client.post("/check", json={"text": text, "language": "en", "own_language": "pl"})).json()
        again = await client.post("/check", json={"text": text, "language": "en", "own_language": "tr"})
    assert body == again.json()
    assert body["language"] == "en-US"
    [mark] = body["corrections"]
    assert (mark["original"], mark["replacements"]) == ("recieved", ["received", "b", "c", "d", "e"])
    assert [path for path, _, _ in remote.asked] == ["/v2/languages", "/v2/check", "/v2/check"]
    sent = [parse_qs(body.decode()) for path, _, body in remote.asked if path == "/v2/check"]
    assert sent[0] == {"text": [text], "language": ["en-US"], "motherTongue": ["pl"]}
    assert "motherTongue" not in sent[1]


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Response(b"Internal Error", 500), 503, "corrector_unavailable"),
        (Response(b"Error: too many requests", 429), 503, "corrector_unavailable"),
        (Response(b"Error: Missing 'text'", 400), 502, "corrector_failed"),
        (Response(b"<html>"), 502, "corrector_failed"),
        (JSONResponse([]), 502, "corrector_failed"),
        (JSONResponse({"matches": [match(1, 2, "x")]}), 502, "corrector_failed"),
        (JSONResponse({"matches": [match(0, 400, "x")]}), 502, "corrector_failed"),
        (JSONResponse({"matches": [match(-1, 2, "x")]}), 502, "corrector_failed"),
        (JSONResponse({"matches": [match(0, 2, "x" * 20_000)]}), 502, "corrector_failed"),
        (Response(b"\x00", headers={"content-encoding": "gzip"}), 502, "corrector_failed"),
    ],
)
async def test_a_server_that_answers_wrongly(
    remote: Any, service: Any, answer: Response, status: int, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    remote.answers["/v2/languages"] = JSONResponse(LANGUAGES)
    remote.answers["/v2/check"] = answer
    async with service(languagetool=remote.url) as client:
        got = await client.post("/check", json={"text": "😀 secret words", "language": "en"})
    assert (got.status_code, got.json()["code"]) == (status, code)
    written = capfd.readouterr()
    assert "secret" not in got.text + written.out + written.err


async def test_a_server_that_is_away(service: Any) -> None:
    async with service(languagetool="http://127.0.0.1:9") as client:
        got = await client.post("/check", json={"text": "Hello"})
        assert (got.status_code, got.json()["code"]) == (503, "corrector_unavailable")
        assert (await client.get("/state")).json()["state"] == "ready"
