"""`/v1/shops/{shop}/orders` and `/visits`: one object or an array, accepted whole or refused whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field, SecretStr, TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema

from nitka.channel.intake import Intake
from nitka.channel.spool import SpoolFull
from nitka.channel.webhook import read_body, same
from nitka.ingest_commerce.domain import BATCH, Order, Visit, to_event
from nitka.ingest_commerce.outbox import pack
from nitka.runtime import telemetry
from nitka.runtime.http import Problem

BODY_CAP = 4 * 1024 * 1024
"""Bytes of one request."""

_PROBLEMS = 50
"""Problems that one answer lists."""

_Item = TypeVar("_Item", Order, Visit)
_Batch = Annotated[list[_Item], Field(min_length=1, max_length=BATCH)]
_bearer = HTTPBearer(auto_error=False, description="The key of NITKA_COMMERCE_KEY.")

Shop = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,100}$", description="Your name for the store.")]


class Accepted(BaseModel):
    """What was accepted is on disk. The same order or visit sent again has the same event id."""

    accepted: int
    event_ids: list[UUID]


def router(intake: Intake, key: SecretStr | None) -> APIRouter:
    """Routes for shops that know `key`."""

    async def authorise(request: Request) -> None:
        if key is None:
            detail = "No shop may send here yet: NITKA_COMMERCE_KEY is missing."
            raise Problem(403, "commerce_not_configured", detail)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same(key.get_secret_value(), given.strip()):
            raise Problem(401, "wrong_key", "The key in the Authorization header is not the right one.")

    async def accept(shop: str, items: Sequence[Order | Visit]) -> Accepted:
        now, traceparent = datetime.now(UTC), telemetry.current_traceparent()
        events = []
        for index, item in enumerate(items):
            try:
                events.append(to_event(shop, item, now, traceparent))
            except ValueError as error:
                raise RequestValidationError([{"loc": ("body", index), "msg": str(error)}]) from None
        try:
            await intake.accept(pack(events))
        except SpoolFull:
            raise Problem(503, "spool_full", "Nothing can be kept right now; send it again later.") from None
        return Accepted(accepted=len(events), event_ids=[e.event_id for e in events])

    routes = APIRouter(prefix="/v1/shops/{shop}", dependencies=[Depends(_bearer), Depends(authorise)])

    @routes.post("/orders", status_code=202, openapi_extra=_body("Order"))
    async def orders(shop: Shop, request: Request) -> Accepted:
        """Send an order, or up to 500 of them. Send an order again whenever it changes."""
        return await accept(shop, _parse(Order, await read_body(request, BODY_CAP)))

    @routes.post("/visits", status_code=202, openapi_extra=_body("Visit"))
    async def visits(shop: Shop, request: Request) -> Accepted:
        """Send a visit or product view, or up to 500 of them."""
        return await accept(shop, _parse(Visit, await read_body(request, BODY_CAP)))

    return routes


def _parse(model: type[_Item], body: bytes) -> list[_Item]:
    """Read the body only after the key was checked, and numbers as the exact decimals that were sent."""
    try:
        if body.lstrip().startswith(b"["):
            return TypeAdapter(_Batch[model]).validate_json(body)  # type: ignore[valid-type]
        return [model.model_validate_json(body)]
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        found = [{"loc": ("body",) + problem["loc"], "msg": problem["msg"]} for problem in problems[:_PROBLEMS]]
        raise RequestValidationError(found) from None


def _body(model: str) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{model}"}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": BATCH}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": {"oneOf": [one, many]}}}}}


def describe_bodies(app: FastAPI) -> None:
    """Add the request models to the OpenAPI page; FastAPI cannot see them, since it must not read the bodies."""
    _, definitions = models_json_schema(
        [(Order, "validation"), (Visit, "validation")], ref_template="#/components/schemas/{model}"
    )
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        page = generate()
        page["components"].setdefault("schemas", {}).update(definitions["$defs"])
        return page

    app.openapi = openapi  # type: ignore[method-assign]
