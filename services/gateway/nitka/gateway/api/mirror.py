"""Handing a request on to the service that owns the data, in the name of the signed-in agent.

What goes on: the fixed path, the query parameters that the route declares, the body. What comes back: the
owner's bytes and status, since the owner has checked them already.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from nitka.gateway.api.access import CurrentParts, CurrentSession
from nitka.gateway.domain import Agent
from nitka.runtime.http import Problem, ServiceClient
from nitka.runtime.tokens import Caller, Role

_INLINE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_DOWNLOAD_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@dataclass(frozen=True)
class Mirror:
    """One request's way to one owner."""

    client: ServiceClient
    caller: Caller
    request: Request

    async def get(self, path: str, query: BaseModel | None = None) -> Response:
        """The owner's answer to a read."""
        return _answer(await self.client.request(self.caller, "GET", path, params=_parameters(query)))

    async def send(self, path: str, method: str = "POST", query: Mapping[str, str] | None = None) -> Response:
        """The owner's answer to a change; the body goes on as it came (the route has validated it)."""
        headers = {"content-type": "application/json"}
        body = await self.request.body()
        answer = await self.client.request(self.caller, method, path, params=query, content=body, headers=headers)
        return _answer(answer)

    async def upload(self, path: str, query: BaseModel) -> Response:
        """Hand a raw body on as it streams in."""
        headers = {"content-type": self.request.headers.get("content-type", "application/octet-stream")}
        return _answer(
            await self.client.request(
                self.caller,
                "POST",
                path,
                params=_parameters(query),
                content=self.request.stream(),
                headers=headers,
            )
        )

    async def download(self, path: str, query: BaseModel | None = None) -> Response:
        """A file, streamed, so that no browser runs it: a download, or a picture of a safe type."""
        upstream = await self.client.open(self.caller, path, params=_parameters(query))
        if upstream.status_code != 200:
            try:
                await upstream.aread()
            finally:
                await upstream.aclose()
            return _answer(upstream)
        return StreamingResponse(_chunks(upstream), headers=_download_headers(upstream.headers))


def escaped(part: str) -> str:
    """A name as one part of a path, whatever it holds; one of dots alone would mean another path."""
    return quote(part, safe="") if part.strip(".") else part.replace(".", "%2E")


def mirror_of(service: str) -> Callable[..., Mirror]:
    """The dependency of routes that `service` answers."""

    def mirror(request: Request, parts: CurrentParts, session: CurrentSession) -> Mirror:
        return Mirror(parts.services[service], _caller(session.agent), request)

    return mirror


def _caller(agent: Agent) -> Caller:
    return Caller(id=agent.id, role=Role(agent.role.value), name=agent.name)


def _parameters(query: BaseModel | None) -> dict[str, object]:
    return query.model_dump(mode="json", exclude_unset=True, exclude_none=True, by_alias=True) if query else {}


def _answer(upstream: httpx.Response) -> Response:
    if upstream.status_code == 401:  # about our token, not about the agent's session
        raise Problem(502, "bad_gateway", "A part of Nitka refused to talk to the gateway.")
    headers = {"cache-control": "no-store"}
    if "retry-after" in upstream.headers:
        headers["retry-after"] = upstream.headers["retry-after"]
    return Response(
        upstream.content,
        upstream.status_code,
        headers,
        media_type=upstream.headers.get("content-type"),
    )


async def _chunks(upstream: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in upstream.aiter_raw():
            yield chunk
    finally:
        await upstream.aclose()


def _download_headers(upstream: httpx.Headers) -> dict[str, str]:
    media_type = upstream.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    disposition = upstream.get("content-disposition", "attachment")
    kind = disposition.partition(";")[0].strip().lower()
    if kind != "attachment" and media_type not in _INLINE_TYPES:
        disposition = "attachment"
    found = {
        "content-type": media_type,
        "content-disposition": disposition,
        "content-security-policy": _DOWNLOAD_POLICY,
        "cache-control": "private, max-age=3600",
    }
    if "content-length" in upstream:
        found["content-length"] = upstream["content-length"]
    if "content-encoding" in upstream:
        found["content-encoding"] = upstream["content-encoding"]
    return found
