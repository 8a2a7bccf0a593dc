"""Remote pictures: fetched from the public internet, and from nowhere else."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme
from pydantic import SecretStr

from nitka.api import images
from nitka.gateway.domain import Role
from nitka.gateway.domain.pictures import is_public, media_type
from nitka.gateway.store.pictures import PICTURE_MAX, Pictures, Unavailable, reachable
from nitka.runtime.tokens import derived_key

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
PICTURES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\x00" * 20,
    "image/gif": b"GIF89a" + b"\x00" * 20,
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "image/avif": b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1",
}


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.1",
        "192.167.255.255",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:800::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_the_public_internet(address: str) -> None:
    assert is_public(address)
    assert reachable(address, 443) and reachable(address, 80)
    assert not any(reachable(address, port) for port in (0, 22, 25, 8080, 5432, 9092, 65535))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
        "8.8.8.8:80",
        "[::1]",
        "",
    ],
)
def test_everything_else(address: str) -> None:
    assert not is_public(address)


def test_what_is_a_picture() -> None:
    for name, content in PICTURES.items():
        assert media_type(content) == name
    for content in (
        b"",
        b"<svg xmlns=",
        b"<html>",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00\x00\x00\x20ftypisom",
        b"BM",
    ):
        assert media_type(content) is None


def answer(content: bytes = PNG, *, status: str = "200 OK", kind: str | None = "image/png", **more: str) -> bytes:
    headers = {"Content-Length": str(len(content)), "Connection": "close"}
    if kind:
        headers["Content-Type"] = kind
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + content


class Server:
    """A web server on the loopback that says what a test wants, and remembers what it heard."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.heard: list[str] = []
        self.port = 0
        self.endless = False

    @asynccontextmanager
    async def run(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heard.append(asked)
            writer.write(self.answers.get(asked.split()[1], answer()))
            while self.endless:
                writer.write(b"x" * 100_000)
                await writer.drain()
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().run() as found:
        yield found


def names(**known: str) -> Callable[[str, int], Any]:
    """A resolver that knows these names; "_" in them stands for "."."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        try:
            return [known[host.replace(".", "_")]]
        except KeyError:
            raise OSError("no such name") from None

    return resolve


def onto(server: Server) -> Pictures:
    """As the product fetches, but for a name and a port of the loopback."""
    return Pictures(names(a_example="127.0.0.1"), lambda address, port: port == server.port)


async def refused(pictures: Pictures, url: str) -> str:
    with pytest.raises(Unavailable) as why:
        await pictures.fetch(url)
    return str(why.value)


async def test_a_picture_comes_and_nothing_of_the_agent_goes(server: Server) -> None:
    found = await onto(server).fetch(f"http://a.example:{server.port}/b.png?c=1#d")
    assert found == (PNG, "image/png")
    [asked] = server.heard
    lines = {line.split(":")[0].lower() for line in asked.split("\r\n")[1:] if line}
    assert asked.startswith("GET /b.png?c=1 HTTP/1.1\r\n")
    assert f"host: a.example:{server.port}\r\n" in asked.lower()
    assert lines == {"host", "user-agent", "accept", "accept-encoding"}


async def test_cookies_are_not_kept(server: Server) -> None:
    pictures = onto(server)
    server.answers["/"] = answer(Set_Cookie="seen=1; Path=/")
    for _ in range(2):
        await pictures.fetch(f"http://a.example:{server.port}/")
    assert "cookie" not in server.heard[1].lower()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "0", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
async def test_the_product_does_not_reach_the_loopback(server: Server, host: str) -> None:
    assert await refused(Pictures(), f"http://{host}/") in ("closed", "gaierror")
    only_the_port = Pictures(allowed=lambda address, port: reachable(address, 80))
    assert await refused(only_the_port, f"http://{host}:{server.port}/") in ("closed", "gaierror")
    assert await refused(Pictures(), f"http://{host}:{server.port}/") in ("closed", "gaierror")
    assert server.heard == []


async def test_a_name_that_changes_its_address_gains_nothing(server: Server) -> None:
    """The second answer would be the loopback's; nobody asks for a second one."""
    answers = iter(["203.0.113.1", "127.0.0.1", "127.0.0.1"])
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return [next(answers)]

    checked: list[str] = []

    def allowed(address: str, port: int) -> bool:
        checked.append(address)
        return address == "203.0.113.1"

    pictures = Pictures(rebinding, allowed)
    await refused(pictures, f"http://rebind.example:{server.port}/")
    assert (asked, checked) == (["rebind.example"], ["203.0.113.1"])
    assert await refused(pictures, f"http://rebind.example:{server.port}/") == "closed"
    assert server.heard == []


async def test_one_closed_address_closes_the_name(server: Server) -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["8.8.8.8", "127.0.0.1"]

    assert await refused(Pictures(both), "http://a.example/") == "closed"


async def test_redirects_are_checked_like_the_first_address(server: Server) -> None:
    pictures = Pictures(
        names(a_example="127.0.0.1", b_example="127.0.0.1", inside_example="10.0.0.1"),
        lambda address, port: address == "127.0.0.1" and port == server.port,
    )
    base = f"http://a.example:{server.port}"

    def to(place: str) -> bytes:
        return answer(b"", status="302 Found", kind=None, Location=place)

    server.answers |= {
        "/once": to(f"http://b.example:{server.port}/"),
        "/thrice": to("/twice"),
        "/twice": to("once"),
        "/often": to("/thrice"),
        "/inside": to(f"http://inside.example:{server.port}/"),
        "/port": to("http://a.example:1/"),
        "/file": to("file:///etc/passwd"),
        "/user": to(f"http://me:word@a.example:{server.port}/"),
    }
    assert (await pictures.fetch(f"{base}/once")).content == PNG
    assert (await pictures.fetch(f"{base}/thrice")).content == PNG
    expected = {"often": "redirects", "inside": "closed", "port": "closed", "file": "address", "user": "address"}
    for path, reason in expected.items():
        assert await refused(pictures, f"{base}/{path}") == reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(kind="text/html"), "no picture"),
        (answer(b"<svg onload=alert(1)>", kind="image/svg+xml"), "no picture"),
        (answer(b"<html><script>", kind="image/png"), "no picture"),
        (answer(kind=None), "no picture"),
        (answer(b""), "no picture"),
        (answer(status="404 Not Found"), "no picture"),
        (answer(Content_Encoding="gzip"), "encoded"),
        (answer(PNG + b"x" * PICTURE_MAX), "too large"),
        (b"nonsense\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\nshort", "RemoteProtocolError"),
    ],
)
async def test_what_is_no_picture_is_not_shown(server: Server, reply: bytes, reason: str) -> None:
    server.answers["/"] = reply
    assert await refused(onto(server), f"http://a.example:{server.port}/") == reason


async def test_an_endless_answer_is_cut(server: Server) -> None:
    server.answers["/"] = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PNG
    server.endless = True
    assert await refused(onto(server), f"http://a.example:{server.port}/") == "too large"


async def test_a_silent_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nitka.gateway.store.pictures.SECONDS", 0.2)

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    silent = await asyncio.start_server(never, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    pictures = Pictures(names(a_example="127.0.0.1"), lambda address, p: p == port)
    assert await refused(pictures, f"http://a.example:{port}/") in ("TimeoutError", "ReadTimeout")
    silent.close()


async def test_the_certificate_is_that_of_the_name() -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("a.example").configure_cert(tls)
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    async with Server().run(tls) as server:
        resolver = names(a_example="127.0.0.1", b_example="127.0.0.1")
        pictures = Pictures(resolver, lambda address, port: port == server.port, trusted)
        assert (await pictures.fetch(f"https://a.example:{server.port}/")).content == PNG
        await refused(pictures, f"https://b.example:{server.port}/")
        await refused(onto(server), f"https://a.example:{server.port}/")
        assert len(server.heard) == 1


@pytest.mark.parametrize(
    "url",
    ["", "a", "//a.example/", "ftp://a.example/", "file:///etc/passwd", "http://", "http:///x", "http://[",
     "gopher://x", "http://a.example:99999/", "http://" + "a" * 300 + "/", "http://a..example/", "http://a b/",
     "http://\u2603.example/"],
)  # fmt: skip
async def test_odd_addresses_are_refused(url: str) -> None:
    await refused(Pictures(names()), url)


@pytest.mark.stack
async def test_the_route(gateway: Any, sign_in: Any, visit: Any, server: Server) -> None:
    key = derived_key(SecretStr("s" * 32), images.PURPOSE)
    url = f"http://a.example:{server.port}/b.png"
    path = images.address(key, url)
    async with gateway() as app:
        async with visit(app) as stranger:
            assert (await stranger.get(path)).status_code == 401
        async with sign_in(app) as client:
            loopback = images.address(key, f"http://127.0.0.1:{server.port}/")
            assert (await client.get(loopback)).status_code == 404  # as the product is set up
            app.state.parts = dataclasses.replace(app.state.parts, pictures=onto(server))
            found = await client.get(path, headers={"referer": "http://inbox/", "x-more": "1"})
            assert (found.status_code, found.content) == (200, PNG)
            assert found.headers["content-type"] == "image/png"
            assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert found.headers["x-content-type-options"] == "nosniff"
            assert found.headers["cache-control"].startswith("private")
            for bad in (path[:-1] + ("0" if path[-1] != "0" else "1"), path.replace("b.png", "c.png"), path + "x"):
                assert (await client.get(bad)).status_code == 403
            assert (await client.get("/api/images?url=http://a.example/")).status_code == 422
        assert len(server.heard) == 1
        await app.state.parts.accounts.put("ada@nitka.example", "Ada", Role.ANALYST, "correct horse battery")
        async with sign_in(app, "ada@nitka.example") as analyst:
            assert (await analyst.get(path)).status_code == 403
