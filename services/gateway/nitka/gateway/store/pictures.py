"""Fetches pictures from servers that a stranger has named: a mail says where, so nothing inside is to be reached.

The name is resolved here, once, and the connection goes to the very address that was checked: a name that answers
with another address a moment later gains nothing. Each redirect is a new name and is checked the same way. Nothing
of the agent goes along: no cookies, no referrer, none of their browser's headers, not their address.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import httpx

from nitka.gateway.domain.pictures import MEDIA_TYPES, is_public, media_type

PICTURE_MAX: Final = 5 * 1024 * 1024
"""Bytes of one picture."""
SECONDS: Final = 5.0
"""For one picture in all: names, redirects, every byte."""
REDIRECTS: Final = 3
AT_ONCE: Final = 16
"""Pictures that one process fetches at the same time, so at most 80 MiB of them."""
_ADDRESSES: Final = 3
_PORTS: Final = {80, 443}
_HEADERS: Final = {"user-agent": "Nitka-Images/1.0", "accept": "image/*", "accept-encoding": "identity"}


class Unavailable(Exception):
    """No picture: refused, not there, too large, too slow, or something else. The reason is for logs only."""


class Picture(NamedTuple):
    """A picture and the type that its bytes prove."""

    content: bytes
    media_type: str


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, by the system's resolver. Raises OSError or UnicodeError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def reachable(address: str, port: int) -> bool:
    """Whether a connection may be made there."""
    return port in _PORTS and is_public(address)


class Pictures:
    """`resolver` and `allowed` are what decides where connections go; `tls` is whose certificates count."""

    def __init__(
        self,
        resolver: Callable[[str, int], Awaitable[Sequence[str]]] = resolve,
        allowed: Callable[[str, int], bool] = reachable,
        tls: ssl.SSLContext | bool = True,
    ) -> None:
        self._resolve, self._allowed = resolver, allowed
        # No connection is kept: one to an address may have been made under another name's certificate.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)
        self._free = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str) -> Picture:
        """The picture. Raises Unavailable."""
        async with self._free:
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._follow(url)
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as error:
                raise Unavailable(type(error).__name__) from error

    async def close(self) -> None:
        """Ends what is still open."""
        await self._transport.aclose()

    async def _follow(self, url: str) -> Picture:
        target = httpx.URL(url)
        for _ in range(REDIRECTS + 1):
            response = await self._get(target)
            try:
                if not response.has_redirect_location:
                    return await _picture(response)
                target = target.join(response.headers["location"])
            finally:
                await response.aclose()
        raise Unavailable("redirects")

    async def _get(self, url: httpx.URL) -> httpx.Response:
        """The answer, whose body is still to be read."""
        name = url.raw_host.decode("ascii")
        if url.scheme not in ("http", "https") or not name or url.userinfo:
            raise Unavailable("address")
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._resolve(name, port)
        if not all(self._allowed(each, port) for each in addresses):
            raise Unavailable("closed")
        for address in addresses[:_ADDRESSES]:
            with suppress(httpx.ConnectError):
                return await self._transport.handle_async_request(_request(url, name, address))
        raise Unavailable("unreachable")


def _request(url: httpx.URL, name: str, address: str) -> httpx.Request:
    """A request to an address, in the name under which it was found."""
    headers = {"host": url.netloc.decode("ascii"), **_HEADERS}
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
    return httpx.Request(
        "GET",
        url.copy_with(host=address, fragment=None),
        headers=headers,
        extensions={"sni_hostname": name, "timeout": timeouts},
    )


async def _picture(response: httpx.Response) -> Picture:
    declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.status_code != 200 or declared not in MEDIA_TYPES:
        raise Unavailable("no picture")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unavailable("encoded")  # a few bytes could unfold into gigabytes
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > PICTURE_MAX:
            raise Unavailable("too large")
    found = media_type(bytes(content[:64]))
    if found is None:
        raise Unavailable("no picture")
    return Picture(bytes(content), found)
