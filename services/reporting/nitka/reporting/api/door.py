"""The analysts' door: ClickHouse's HTTP protocol, for `clickhouse-connect`, `curl` and other clients.

`GET|POST /?query=…` with the statement in `query`, in the body or in both (joined by a line break); credentials
by HTTP Basic, `X-ClickHouse-User`/`-Key` or `user`/`password`; values as `param_<name>`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from uuid import uuid4

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from nitka.reporting.domain.sql import DATABASE
from nitka.reporting.store.door import Door, DoorError, Question

USER = "analyst"
MAX_BODY = 64 << 10
AUTHENTICATION_FAILED, BAD_ARGUMENTS = 516, 36

_STATUS = {36: 400, 46: 404, 47: 404, 60: 404, 62: 400, 73: 400, 81: 404, 159: 408, 164: 403, 202: 503, 456: 400,
           457: 400, 497: 403, 516: 401}  # fmt: skip
_TRANSPORT = {
    "query", "user", "password", "database", "default_format", "session_id", "session_timeout", "session_check",
    "query_id", "quota_key", "wait_end_of_query", "buffer_size", "client_protocol_version", "role",
    "send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression",
    "add_http_cors_header", "cancel_http_readonly_queries_on_client_close",
}  # fmt: skip
_CONTENT_TYPES = {"JSON": "application/json", "CSV": "text/csv", "TabSeparated": "text/tab-separated-values"}


def create_door(door: Door, password: SecretStr) -> Starlette:
    """The application of the door's own port."""

    async def ping(_: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    async def ask(request: Request) -> Response:
        query_id = request.query_params.get("query_id") or str(uuid4())
        headers = {
            "X-ClickHouse-Server-Display-Name": "nitka",
            "X-ClickHouse-Query-Id": query_id.encode("ascii", "replace").decode()[:100].replace("\n", " "),
            "X-ClickHouse-Timezone": door.timezone,
        }
        try:
            _authenticate(request, password)
            question = await _question(request)
            if question is None:
                return PlainTextResponse("Ok.\n")
            answer = await door.ask(question)
        except DoorError as error:
            return _failure(error, headers, door.version)
        summary = {"read_rows": str(answer.rows), "elapsed_ns": str(int(answer.seconds * 1e9))}
        headers |= {"X-ClickHouse-Format": answer.format, "X-ClickHouse-Summary": json.dumps(summary)}
        media_type = _CONTENT_TYPES.get(answer.format, "application/octet-stream")
        return Response(answer.body, headers=headers, media_type=media_type)

    return Starlette(routes=[Route("/ping", ping), Route("/", ask, methods=["GET", "POST"])])


def _failure(error: DoorError, headers: Mapping[str, str], version: str) -> Response:
    shown = {**headers, "X-ClickHouse-Exception-Code": str(error.code)}
    status = _STATUS.get(error.code, 500)
    if status == 401:
        shown["WWW-Authenticate"] = 'Basic realm="Nitka reports"'
    text = f"Code: {error.code}. DB::Exception: {error.message} (version {version})\n"
    return PlainTextResponse(text, status_code=status, headers=shown)


def _authenticate(request: Request, password: SecretStr) -> None:
    """Raise DoorError unless the request carries the analyst's credentials."""
    user, key = _credentials(request)
    right_user = hmac.compare_digest(user.encode(), USER.encode())
    right_key = hmac.compare_digest(key.encode(), password.get_secret_value().encode())
    if not (right_user and right_key):
        raise DoorError(
            AUTHENTICATION_FAILED,
            "Authentication failed: there is no such user, or the password is wrong. (AUTHENTICATION_FAILED)",
        )


def _credentials(request: Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, key = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, key
    if "x-clickhouse-user" in request.headers:
        return request.headers["x-clickhouse-user"], request.headers.get("x-clickhouse-key", "")
    return request.query_params.get("user", ""), request.query_params.get("password", "")


async def _question(request: Request) -> Question | None:
    """What is asked; None for a bare GET, which only asks whether the door is there."""
    given = request.query_params
    if given.get("compress", "0") not in ("0", "false") or given.get("decompress", "0") not in ("0", "false"):
        raise DoorError(BAD_ARGUMENTS, "Native compression is not available here: set compress=0. (BAD_ARGUMENTS)")
    body = await _body(request)
    sql = "\n".join(part for part in (given.get("query", ""), body) if part.strip())
    if not sql:
        return None
    known = _TRANSPORT | {"compress", "decompress"}
    return Question(
        sql=sql,
        parameters={name.removeprefix("param_"): v for name, v in given.items() if name.startswith("param_")},
        settings={n: v for n, v in given.items() if n not in known and not n.startswith("param_")},
        format=given.get("default_format") or request.headers.get("x-clickhouse-format") or "TabSeparated",
        database=given.get("database") or request.headers.get("x-clickhouse-database") or DATABASE,
    )


async def _body(request: Request) -> str:
    if request.method == "GET":
        return ""
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise DoorError(BAD_ARGUMENTS, "Form fields and external data are not available here. (BAD_ARGUMENTS)")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise DoorError(BAD_ARGUMENTS, "Send the statement uncompressed. (BAD_ARGUMENTS)")
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MAX_BODY:
            raise DoorError(62, f"The statement is longer than {MAX_BODY} bytes. (SYNTAX_ERROR)")
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise DoorError(62, "The statement is not UTF-8. (SYNTAX_ERROR)") from None
